// upstream::request(): one request over HTTP, with its repeats where they are safe.
#include "transport/mcp/back/lost_session.hpp"
#include "transport/mcp/back/relay.hpp"
#include "transport/mcp/back/upstream.hpp"
#include "transport/sse/sse_decoder.hpp"
#include "vmcp/base/scoped_count.hpp"

#include "transport/http/accept.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

vmcp::failure http_failure(unsigned status, std::string_view body, const std::string& address) {
    const auto what = fmt::format("{} answered HTTP {}: {}", address, status, vmcp::excerpt_of(body));
    if (status == 401 || status == 403)
        return vmcp::fail(errc::backend_unauthorized, what);
    if (status == 429)
        return vmcp::fail(errc::backend_overloaded, what);
    return vmcp::fail(status >= 500 ? errc::backend_unavailable : errc::backend_protocol, what);
}

} // namespace

// One attempt, from a connection to the response. Kept apart from upstream so that its steps share state.
class request_attempt {
public:
    // `has_session`: the request names a session, which the backend may have lost. `lost_before`: this is the
    // repeat in a new session, so that an error that says so again is the backend's answer.
    request_attempt(const upstream_context& context, const upstream_request& what, relay& messages,
                    bool has_session, bool lost_before)
        : context_(context)
        , what_(what)
        , relay_(messages)
        , has_session_(has_session)
        , lost_before_(lost_before) {}
    ~request_attempt() { relay_.runs_on(nullptr); }

    using end = attempt_end;
    using outcome = attempt_outcome;

    asio::awaitable<outcome> run(const vmcp::gather& body, std::span<const header_field> fields, bool fresh) {
        if (auto connected = co_await connect(fresh); connected.how != end::done)
            co_return connected;
        client_exchange exchange(*connection_);
        const exchange_request request{
            .url = &context_.connections->target().url, .fields = fields, .body = &body};
        if (const auto sent = co_await exchange.send(request); !sent)
            co_return explain(sent.error());
        answering = true;
        if (!has_session_)
            session_id = std::string(exchange.field("Mcp-Session-Id"));
        if (exchange.status() == 200 && is_event_stream(exchange.field("Content-Type")))
            co_return co_await read_stream(exchange);
        co_return co_await read_whole(exchange);
    }

    // After end::failed because the stream broke: where to go on, if the backend lets us.
    std::string resume_from{};
    milliseconds resume_after{1000};
    bool came = false;      // an event, since this was last set to false
    bool answering = false; // the backend has begun its answer
    std::string session_id{};

    // Reads the rest of an answer whose stream broke (MCP 2025-11-25, basic/transports, "Resumability and
    // Redelivery").
    asio::awaitable<outcome> resume(std::span<const header_field> fields) {
        resumed_ = true;
        co_await rest();
        if (what_.control != nullptr && what_.control->cancelled())
            co_return outcome{end::failed, vmcp::fail(errc::cancelled)};
        if (relay_.answered_elsewhere())
            co_return outcome{end::done, {}};
        if (auto connected = co_await connect(false); connected.how != end::done)
            co_return connected;
        client_exchange exchange(*connection_);
        const exchange_request request{
            .method = "GET", .url = &context_.connections->target().url, .fields = fields, .body = nullptr};
        if (const auto sent = co_await exchange.send(request); !sent)
            co_return explain(sent.error());
        answering = true;
        if (exchange.status() == 200 && is_event_stream(exchange.field("Content-Type")))
            co_return co_await read_stream(exchange);
        co_return outcome{end::failed,
                          vmcp::fail(errc::backend_unavailable,
                                     fmt::format("{} ended its answer early and refused to go on (HTTP {})",
                                                 connection_->address, exchange.status()))};
    }

private:
    static constexpr milliseconds least_pause{50}; // a backend that asks for 0 would be asked in a tight loop

    // As long as the backend asked for, unless the call ends before.
    asio::awaitable<void> rest() {
        relay_.runs_on(nullptr);
        cancellable_.reset();
        connection_.reset();
        if (what_.control != nullptr && what_.control->cancelled())
            co_return;
        asio::steady_timer pause(worker::current().context(),
                                 std::min(std::max(resume_after, least_pause), relay_.left()));
        relay_.rests_on(&pause);
        const vmcp::cancellation::scope cancellable(what_.control, [&pause] { pause.cancel(); });
        error_code ignored;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        relay_.rests_on(nullptr);
    }

    asio::awaitable<outcome> connect(bool fresh) {
        auto made = co_await context_.connections->take(steady_clock::now() + relay_.left(), fresh);
        if (what_.control != nullptr && what_.control->cancelled())
            co_return outcome{end::failed, vmcp::fail(errc::cancelled)};
        if (!made) {
            const auto& why = made.error();
            if (what_.met != nullptr)
                *what_.met = {
                    .connecting = true, .step = why.step, .ec = why.ec, .address = why.address, .asked = {}};
            co_return outcome{
                end::failed,
                vmcp::fail(why.timed_out ? errc::backend_timeout : errc::backend_unavailable, describe(why))};
        }
        run_on(std::move(*made));
        co_return outcome{end::done, {}};
    }

    void run_on(std::unique_ptr<connection> made) {
        connection_ = std::move(made);
        relay_.runs_on(connection_.get());
        cancellable_.emplace(what_.control, [c = connection_.get()] { c->stream().close(); });
    }

    // What guards the backend learns of an attempt that fails.
    void note(const std::string& address, unsigned status = 0, std::string_view content_type = {},
              std::string_view body = {}) const {
        constexpr std::size_t most = 1024;
        if (what_.met != nullptr)
            *what_.met = {.status = status,
                          .address = address,
                          .asked = std::string(what_.method),
                          .content_type = std::string(content_type),
                          .body = std::string(body.substr(0, most))};
    }

    outcome explain(const exchange_failure& e) const {
        note(connection_->address);
        if (what_.control != nullptr && what_.control->cancelled())
            return {end::failed, vmcp::fail(errc::cancelled)};
        if (connection_->reused &&
            (e.error == exchange_error::closed || e.error == exchange_error::write_failed ||
             e.error == exchange_error::timeout))
            context_.connections->distrust_idle();
        switch (e.error) {
        case exchange_error::write_failed:
            // Not all of it left this machine, so the backend cannot have seen the whole request.
            return {end::send_again, vmcp::fail(errc::backend_unavailable, e.detail)};
        case exchange_error::closed:
            // A connection that was idle may have been closed while the request was on its way. Whether the
            // backend had taken it nobody can know.
            return {what_.repeatable && connection_->reused ? end::send_again : end::failed,
                    vmcp::fail(errc::backend_unavailable, e.detail)};
        case exchange_error::truncated:
            return {end::failed, vmcp::fail(errc::backend_unavailable, e.detail)};
        case exchange_error::timeout:
            return {end::failed, vmcp::fail(errc::backend_timeout, e.detail)};
        case exchange_error::malformed:
        case exchange_error::too_large:
            return {end::failed, vmcp::fail(errc::backend_protocol, e.detail)};
        case exchange_error::cancelled:
            return {end::failed, vmcp::fail(errc::backend_unavailable, e.detail)};
        case exchange_error::not_sent:
            return {end::failed, vmcp::fail(errc::internal, e.detail)};
        }
        return {};
    }

    asio::awaitable<outcome> read_whole(client_exchange& exchange) {
        std::string body;
        if (const auto read = co_await exchange.body(body, context_.max_body); !read)
            co_return explain(read.error());
        const unsigned status = exchange.status();
        const std::string address = connection_->address;
        cancellable_.reset();
        relay_.runs_on(nullptr);
        const bool is_json_body = status == 200 || is_json(exchange.field("Content-Type"));
        const std::string location(status >= 300 && status < 400 ? exchange.field("Location") : "");
        if (status < 200 || status >= 300)
            note(address, status, exchange.field("Content-Type"), body);
        context_.connections->give(std::move(connection_), exchange);

        const bool lost = means_lost(status, body);
        if (lost && !lost_before_)
            co_return outcome{end::session_lost,
                              vmcp::fail(errc::backend_session_lost, vmcp::excerpt_of(body))};
        if (status >= 300 && status < 400)
            co_return redirect(status, location, address);
        // Errors of many servers come with a 4xx status and a JSON-RPC body: the body says more.
        if (status == 200 || lost || (status >= 400 && status != 401 && status != 403 && is_json_body)) {
            const auto taken = co_await relay_.take(body);
            if (taken == relay::step::answered)
                co_return outcome{end::done, {}};
            if (status == 200)
                note(address, status, {}, body);
            if (status == 200)
                co_return outcome{end::failed,
                                  vmcp::fail(errc::backend_protocol,
                                             fmt::format("{} answered HTTP 200 without the response: {}",
                                                         address, vmcp::excerpt_of(body)))};
        }
        if (lost)
            co_return outcome{end::session_lost,
                              vmcp::fail(errc::backend_session_lost, vmcp::excerpt_of(body))};
        co_return outcome{end::failed, http_failure(status, body, address)};
    }

    [[nodiscard]] bool means_lost(unsigned status, std::string_view body) const {
        return has_session_ && means_lost_session(status, body, relay_.id());
    }

    // Redirects are not followed: a POST with credentials goes where the configuration says and nowhere else.
    static outcome redirect(unsigned status, const std::string& location, const std::string& address) {
        return {end::failed,
                vmcp::fail(
                    errc::backend_protocol,
                    fmt::format("{} redirects (HTTP {}) to {}; set the backend's url to where it really is",
                                address, status, vmcp::excerpt_of(location)))};
    }

    asio::awaitable<outcome> read_stream(client_exchange& exchange) {
        const std::size_t max_event = context_.max_body;
        sse_decoder events(max_event);
        bool first = !resumed_;
        for (;;) {
            const auto piece = co_await exchange.some();
            if (!piece || piece->empty()) {
                resume_from = std::string(events.last_event_id());
                resume_after = events.retry().value_or(resume_after);
                if (!piece && piece.error().error != exchange_error::truncated)
                    co_return explain(piece.error());
                note(connection_->address);
                co_return outcome{end::failed,
                                  vmcp::fail(errc::backend_unavailable,
                                             fmt::format("{} ended its answer without the response",
                                                         connection_->address))};
            }
            events.feed(*piece);
            while (events.next() == sse_step::event) {
                came = true;
                if (!events.event().is_message())
                    continue;
                const std::string text = events.take_data();
                // A refusal comes before anything else; what comes later is about work that was begun.
                if (std::exchange(first, false) && !lost_before_ && means_lost(200, text))
                    co_return outcome{end::session_lost,
                                      vmcp::fail(errc::backend_session_lost, vmcp::excerpt_of(text))};
                if (co_await relay_.take(text) == relay::step::answered) {
                    resume_from.clear();
                    co_await finish_stream(exchange);
                    co_return outcome{end::done, {}};
                }
            }
            if (events.failed())
                note(connection_->address, exchange.status());
            if (events.failed())
                co_return outcome{
                    end::failed,
                    vmcp::fail(errc::backend_protocol, fmt::format("an event of {} is larger than {} bytes",
                                                                   connection_->address, max_event))};
        }
    }

    // The response was the last event; when the end of the stream is right behind it, the connection can be
    // used again.
    asio::awaitable<void> finish_stream(client_exchange& exchange) {
        cancellable_.reset();
        relay_.runs_on(nullptr);
        connection_->expires_in(milliseconds(200));
        for (int i = 0; i < 4 && exchange.has_body(); ++i)
            if (const auto piece = co_await exchange.some(); !piece || piece->empty())
                break;
        context_.connections->give(std::move(connection_), exchange);
    }

    const upstream_context& context_;
    const upstream_request& what_;
    relay& relay_;
    bool has_session_;
    bool lost_before_;
    bool resumed_ = false;
    std::unique_ptr<connection> connection_{};
    std::optional<vmcp::cancellation::scope> cancellable_{}; // ends before the connection
};

// Can be found by what the backend says on other streams while it lives; afterwards it is over in any case.
class upstream::running_relay {
public:
    running_relay(upstream& of, std::shared_ptr<relay> messages) : of_(of), messages_(std::move(messages)) {
        const std::lock_guard lock(of_.mutex_);
        of_.relays_.emplace(messages_->id(), messages_);
    }
    running_relay(const running_relay&) = delete;
    running_relay& operator=(const running_relay&) = delete;
    ~running_relay() {
        messages_->detach();
        const std::lock_guard lock(of_.mutex_);
        of_.relays_.erase(messages_->id());
    }

private:
    upstream& of_;
    std::shared_ptr<relay> messages_;
};

std::vector<header_field> upstream::fields(const established* with, const upstream_request* what,
                                           std::string_view accept) const {
    std::vector<header_field> out;
    const auto& fixed = context_->connections->headers();
    out.reserve(fixed.size() + 6);
    out.push_back({"Accept", accept});
    if (with != nullptr) {
        out.push_back({"MCP-Protocol-Version", vmcp::text_of(with->version)});
        if (!with->session_id.empty())
            out.push_back({"Mcp-Session-Id", with->session_id});
    }
    for (const auto& [name, value] : fixed)
        out.push_back({name, value});
    // What a client sent never replaces or joins what is configured; a call's own fields come before those of
    // the call that opened the session.
    const auto add = [&out](const header_list& of_client) {
        for (const auto& [name, value] : of_client)
            if (std::ranges::none_of(
                    out, [&](const header_field& f) { return boost::beast::iequals(f.name, name); }))
                out.push_back({name, value});
    };
    if (what != nullptr && what->headers != nullptr)
        add(*what->headers);
    if (with != nullptr)
        add(with->headers);
    return out;
}

asio::awaitable<attempt_outcome> upstream::try_request(const upstream_request& what, const established* with,
                                                       vmcp::reply_sink& out,
                                                       steady_clock::time_point deadline, bool fresh,
                                                       std::string* session_id, bool lost_before) {
    const auto id = std::to_string(state_.next_id());
    const auto messages = std::make_shared<relay>(shared_from_this(), what, out, id, deadline);
    const running_relay registered(*this, messages);
    vmcp::splice text(what.message);
    text.replace(what.id, id);
    text.replace(what.token, id);
    text.replace(what.name, what.replacement);
    const vmcp::gather body = text.pieces();

    constexpr std::string_view accept = "application/json, text/event-stream";
    request_attempt one(*context_, what, *messages, with != nullptr && !with->session_id.empty(),
                        lost_before);
    auto outcome = co_await one.run(body, fields(with, &what, accept), fresh);
    // A stream that carried event ids goes on where it broke, as long as it brings something within some tries.
    constexpr int most_in_vain = 20;
    for (int in_vain = 0; outcome.how == attempt_end::failed && !one.resume_from.empty() &&
                          outcome.why.code == errc::backend_unavailable && messages->in_time() &&
                          !messages->answered_elsewhere();
         ++in_vain) {
        if (std::exchange(one.came, false))
            in_vain = 0;
        else if (in_vain >= most_in_vain)
            break;
        const std::string from = std::exchange(one.resume_from, {});
        out.pause();
        auto resume_fields = fields(with, &what, "text/event-stream");
        resume_fields.push_back({"Last-Event-ID", from});
        outcome = co_await one.resume(resume_fields);
        if (one.resume_from.empty() && outcome.how == attempt_end::failed)
            one.resume_from = from;
    }
    // A stream may end just before the response is read off the other one.
    constexpr milliseconds moment{100};
    const bool may_come = one.answering && outcome.how == attempt_end::failed &&
                          outcome.why.code == errc::backend_unavailable && listening();
    co_await messages->settled(may_come ? moment : milliseconds(0));
    messages->finish();
    if (messages->answered_elsewhere())
        outcome = {attempt_end::done, {}};
    const bool cancelled = what.control != nullptr && what.control->cancelled();
    if (outcome.how == attempt_end::failed && with != nullptr &&
        (cancelled || outcome.why.code == errc::backend_timeout)) {
        // The backend may still be working on it (MCP 2025-11-25, basic/utilities/cancellation).
        std::string params = fmt::format(R"({{"requestId":{})", id);
        const std::string reason = cancelled ? what.control->reason() : R"("timeout")";
        if (!reason.empty())
            params.append(R"(,"reason":)").append(reason);
        notify(vmcp::notification_message("notifications/cancelled", params + "}"));
    }
    if (session_id != nullptr)
        *session_id = std::move(one.session_id);
    co_return outcome;
}

asio::awaitable<vmcp::result<void>> upstream::request(const upstream_request& what, vmcp::reply_sink& out) {
    const auto own = subscription_answer(what);
    if (!own)
        co_return own.error();
    if (*own == own_answer::empty_result) {
        co_await out.done(vmcp::reply::of_result("{}"));
        co_return vmcp::result<void>();
    }
    auto outcome = vmcp::result<void>();
    {
        const vmcp::scoped_count running(running_);
        outcome = co_await send_with_repeats(what, out);
    }
    if (closed() && running_.load() == 0)
        end_session();
    co_return outcome;
}

asio::awaitable<vmcp::result<void>> upstream::send_with_repeats(const upstream_request& what,
                                                                vmcp::reply_sink& out) {
    const auto deadline = what.until.value_or(steady_clock::now() + what.timeout);
    bool fresh = false;
    bool lost_before = false;
    for (int sent = 0; sent < 4; ++sent) {
        auto with = state_.ready();
        if (!with) {
            auto made = co_await ensure(deadline, what.headers);
            if (!made) {
                const std::lock_guard lock(mutex_);
                if (what.met != nullptr)
                    *what.met = refusal_;
                co_return made.error();
            }
            with = std::move(*made);
        }
        if (stream_pending_.load(std::memory_order_relaxed))
            co_await stream_settled();
        if (what.control != nullptr && what.control->cancelled())
            co_return vmcp::fail(errc::cancelled);
        auto end = co_await try_request(what, with.get(), out, deadline, fresh, nullptr, lost_before);
        switch (end.how) {
        case attempt_end::done:
            co_return vmcp::result<void>();
        case attempt_end::failed:
            co_return end.why;
        case attempt_end::session_lost:
            state_.lose(with->generation);
            if (std::exchange(lost_before, true))
                co_return end.why;
            break;
        case attempt_end::send_again:
            if (std::exchange(fresh, true))
                co_return end.why;
            break;
        }
    }
    co_return vmcp::fail(errc::backend_unavailable);
}

} // namespace transport
