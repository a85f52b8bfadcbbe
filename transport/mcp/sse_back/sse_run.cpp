#include "transport/mcp/sse_back/sse_run.hpp"

#include "transport/http/accept.hpp"
#include "transport/http/redirect.hpp"
#include "transport/mcp/back/backend_fields.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/shortage.hpp"

#include <fmt/format.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

milliseconds left_until(steady_clock::time_point until) {
    return std::max(std::chrono::duration_cast<milliseconds>(until - steady_clock::now()), milliseconds(1));
}

// Nothing is written to the stream, and it may be silent for days: a peer that is gone without a word is found out by probes of
// TCP (RFC 9293 section 3.8.4).
void watch_silence(connection& over) {
    constexpr int idle_s = 30;
    constexpr int between_s = 10;
    constexpr int most = 4;
    const int handle = over.stream().socket().native_handle();
    const auto set = [handle](int level, int option, int value) {
        ::setsockopt(handle, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
    set(IPPROTO_TCP, TCP_KEEPINTVL, between_s);
    set(IPPROTO_TCP, TCP_KEEPCNT, most);
}

} // namespace

sse_run::sse_run(std::shared_ptr<const backend_context> context, ear to, sse_patience patience)
    : context_(std::move(context))
    , home_(worker::current())
    , ear_(std::move(to))
    , patience_(patience)
    , ending_(std::make_shared<vmcp::cancellation>(home_.executor()))
    , held_(home_.memory(), vmcp::memory_class::notifications) {
}

std::optional<vmcp::failure> sse_run::over() const {
    const std::lock_guard lock(mutex_);
    return over_;
}

void sse_run::stop(vmcp::failure why) {
    {
        const std::lock_guard lock(mutex_);
        if (over_)
            return;
        if (!asked_to_)
            asked_to_ = std::move(why);
    }
    ending_->cancel({});
}

// ---- its beginning

vmcp::awaitable<session_carrier::opened> sse_run::begin(session_carrier::opening how) {
    const auto self = shared_from_this();
    opened out;
    {
        const auto close = [this] {
            if (connection_)
                connection_->stream().close();
        };
        const vmcp::cancellation::scope ended(ending_.get(), close);
        const vmcp::cancellation::scope by_caller(how.control, [this] { stop(vmcp::fail(errc::cancelled)); });
        out = co_await ask(how);
        if (how.control != nullptr && how.control->cancelled())
            out = failed(vmcp::fail(errc::cancelled));
    }
    if (out.number == 0) {
        auto why = *out.why;
        end(std::move(why));
        co_return out;
    }
    connection_->expires_never();
    watch_silence(*connection_);
    home_.spawn(listen(self), "the stream of an HTTP+SSE backend");
    co_return out;
}

vmcp::awaitable<session_carrier::opened> sse_run::ask(const session_carrier::opening& how) {
    std::string target = context_->connections->target().url.target;
    for (bool again = false;; again = true) {
        if (auto wrong = co_await connect(how.credential->key, how.until))
            co_return *std::move(wrong);
        if (auto wrong = co_await send(how, target))
            co_return *std::move(wrong);
        auto out = co_await answered(*how.credential, target);
        if (redirect_.empty() || again)
            co_return out;
        target = std::exchange(redirect_, {});
    }
}

vmcp::awaitable<std::optional<session_carrier::opened>> sse_run::connect(const std::string& key,
                                                                         time_point until) {
    http_.reset();
    connection_.reset();
    auto made = patience_ == sse_patience::of_calls
                    ? co_await context_->connections->make_new(key, until, ending_.get())
                    : co_await transport::connect(home_, context_->connections->target(), left_until(until),
                                                  ending_.get());
    if (ending_->cancelled() || !made) {
        if (ending_->cancelled())
            co_return failed(vmcp::fail(errc::cancelled));
        const auto& why = made.error();
        // What this gateway lacks is no fault of the backend's.
        const bool own = !why.timed_out && vmcp::shortage_of(why.ec);
        const auto code = own ? errc::io : why.timed_out ? errc::backend_timeout : errc::backend_unavailable;
        co_return opened{.why = vmcp::fail(code, describe(why)),
                         .met = {.connecting = true, .step = why.step, .ec = why.ec, .address = why.address}};
    }
    connection_ = std::move(*made);
    connection_->expires_in(left_until(until));
    http_.emplace(*connection_);
    co_return std::nullopt;
}

vmcp::awaitable<std::optional<session_carrier::opened>> sse_run::send(const session_carrier::opening& how,
                                                                      const std::string& target) {
    const auto& url = context_->connections->target().url;
    const auto via = context_->via_of(nullptr);
    const auto signature = signature_of(*how.credential, "GET", url, target);
    const auto fields = backend_fields(accept_events, nullptr, *how.credential, via, how.headers, &signature);
    const exchange_request request{.method = "GET", .url = &url, .target = target, .fields = fields};
    const auto sent = co_await http_->send(request);
    co_return sent ? std::nullopt : std::optional(broken(sent.error()));
}

vmcp::awaitable<session_carrier::opened> sse_run::answered(const vmcp::credential& credential,
                                                           const std::string& target) {
    constexpr unsigned ok = 200;
    const auto& url = context_->connections->target().url;
    redirect_ = redirect_target(http_->status(), url, target, http_->field("Location"));
    if (http_->status() != ok || !is_event_stream(http_->field("Content-Type")))
        co_return co_await refused(credential);
    auto asked = url;
    asked.target = target;
    events_.emplace(std::move(asked), context_->max_body.load());
    co_return co_await find_endpoint();
}

vmcp::awaitable<session_carrier::opened> sse_run::refused(const vmcp::credential& credential) {
    constexpr std::size_t most = std::size_t{64} << 10;
    constexpr std::size_t kept = 1024;
    std::string text;
    co_await http_->body(text, most); // of a longer one, the beginning says enough
    const auto status = http_->status();
    const auto type = http_->field("Content-Type");
    auto detail =
        fmt::format("{} answered the GET for its event stream with HTTP {}", connection_->address, status);
    if (status >= 300 && status < 400)
        detail += ", a redirect that is not followed; set the backend's url to where it really is";
    else if (status < 300)
        detail += type.empty() ? ", but with no event stream"
                               : fmt::format(", but with '{}' in place of an event stream",
                                             vmcp::excerpt_of(type, credential.secrets));
    auto out = failed(vmcp::fail(errc::backend_protocol, std::move(detail)), status);
    out.met.content_type = type.substr(0, kept);
    out.met.body = vmcp::without_secrets(std::string_view(text).substr(0, kept), credential.secrets);
    out.met.words = vmcp::excerpt_of(text, credential.secrets);
    co_return out;
}

vmcp::awaitable<session_carrier::opened> sse_run::find_endpoint() {
    using step = sse_stream_machine::step;
    constexpr unsigned ok = 200;
    for (;;) {
        const auto found = events_->next();
        if (found == step::endpoint)
            break;
        if (found == step::failed)
            co_return failed(events_->why(), ok);
        if (found == step::message)
            continue;
        const auto piece = co_await http_->some();
        if (!piece && connection_->timed_out())
            co_return failed(
                vmcp::fail(errc::backend_timeout,
                           fmt::format("{} opened an event stream, and sent no endpoint event in time",
                                       connection_->address)));
        if (!piece)
            co_return broken(piece.error());
        if (piece->empty())
            co_return failed(vmcp::fail(errc::backend_protocol,
                                        fmt::format("{} ended its event stream without an endpoint event",
                                                    connection_->address)),
                             ok);
        events_->feed(*piece);
        if (!has_room())
            co_return failed(vmcp::fail(errc::no_memory, "there is no room for its stream (limits.memory)"));
    }
    target_ = events_->target();
    co_return opened{.number = 1};
}

sse_run::opened sse_run::broken(const exchange_failure& why) const {
    if (ending_->cancelled())
        return failed(vmcp::fail(errc::cancelled));
    const auto code = why.error == exchange_error::timeout     ? errc::backend_timeout
                      : why.error == exchange_error::malformed ? errc::backend_protocol
                                                               : errc::backend_unavailable;
    return failed(vmcp::fail(code, why.detail));
}

sse_run::opened sse_run::failed(vmcp::failure why, unsigned status) const {
    return {.why = std::move(why),
            .met = {.status = status, .address = connection_ ? connection_->address : std::string()}};
}

// ---- what comes on it

vmcp::awaitable<void> sse_run::listen(self_ptr self) {
    const vmcp::cancellation::scope cancellable(self->ending_.get(),
                                                [self] { self->connection_->stream().close(); });
    self->end(co_await self->hear());
    if (const auto to = std::exchange(self->ear_.over, nullptr))
        to();
    self->ear_.message = nullptr;
}

vmcp::awaitable<vmcp::failure> sse_run::hear() {
    using step = sse_stream_machine::step;
    for (;;) {
        switch (events_->next()) {
        case step::message:
            co_await ear_.message(events_->take_text());
            continue;
        case step::failed:
            co_return events_->why();
        case step::endpoint:
            continue;
        case step::more:
            break;
        }
        const auto piece = ending_->cancelled() ? exchange_result<std::string_view>(std::string_view())
                                                : co_await http_->some();
        if (!piece || piece->empty())
            co_return vmcp::fail(
                errc::backend_unavailable,
                fmt::format("{} ended its event stream, and with it the session", connection_->address));
        events_->feed(*piece);
        if (!has_room())
            co_return vmcp::fail(errc::no_memory,
                                 "there is no room for what comes on its stream (limits.memory)");
    }
}

// For an event that is still being read.
bool sse_run::has_room() {
    constexpr std::size_t not_worth_counting = 4096;
    const auto bytes = events_->held_bytes();
    if (bytes > not_worth_counting)
        return held_.cover_in_steps(bytes);
    held_.release();
    return true;
}

// What belongs to the worker is let go of here, and not where the last who knows of this forgets it.
void sse_run::end(vmcp::failure why) {
    http_.reset();
    connection_.reset();
    events_.reset();
    held_.release();
    const std::lock_guard lock(mutex_);
    over_ = asked_to_ ? std::move(*asked_to_) : std::move(why);
}

} // namespace transport
