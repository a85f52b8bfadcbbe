#include "transport/mcp/back/upstream.hpp"

#include "transport/mcp/back/relay.hpp"
#include "transport/mcp/back/upstream_listener.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

// For the gateway's own requests: keeps the response, refuses questions, drops the rest.
class own_sink final : public vmcp::reply_sink {
public:
    vmcp::awaitable<void> notify(const vmcp::gather&) override { co_return; }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& request) override {
        return vmcp::fail(errc::capability_missing, std::string(request.method));
    }
    vmcp::awaitable<void> done(const vmcp::reply& given) override {
        answer = vmcp::kept_reply(given);
        co_return;
    }
    vmcp::awaitable<void> fail(const vmcp::failure&) override { co_return; }
    vmcp::kept_reply answer{};
};

// The `result` of a response, or its error as a failure.
vmcp::result<std::string> result_of(const vmcp::kept_reply& answer, std::string_view method) {
    const auto given = answer.view();
    if (given.kind != vmcp::answer_kind::error)
        return std::string(given.body);
    return vmcp::fail(errc::backend_protocol,
                      fmt::format("{} was answered with the error {}", method, given.body));
}

// Whoever establishes the session must say how that ended, also when it is torn down.
class settle_guard {
public:
    explicit settle_guard(upstream_state& state) : state_(state) {}
    ~settle_guard() {
        if (!settled_)
            state_.settle(vmcp::fail(errc::backend_session_lost));
    }
    void settle(vmcp::result<established> outcome) {
        settled_ = true;
        state_.settle(std::move(outcome));
    }

private:
    upstream_state& state_;
    bool settled_ = false;
};

} // namespace

upstream::upstream(std::shared_ptr<const upstream_context> context,
                   std::weak_ptr<vmcp::client_session> client, std::string client_capabilities,
                   vmcp::protocol_version version)
    : context_(std::move(context))
    , client_(std::move(client))
    , of_one_client_(!client_.expired())
    , client_capabilities_(std::move(client_capabilities))
    , version_(version) {
    // What the client set before it used this backend is told in the handshake.
    if (const auto owner = client_.lock())
        level_ = owner->level();
}

upstream::~upstream() = default;

asio::awaitable<vmcp::result<std::shared_ptr<const established>>>
upstream::ensure(steady_clock::time_point until, const header_list* headers) {
    for (int attempt = 0;; ++attempt) {
        if (auto ready = state_.ready())
            co_return ready;
        if (closed())
            co_return vmcp::fail(errc::backend_session_lost, "the session was closed");
        if (state_.claim() == upstream_state::role::initialize)
            co_return co_await establish(until, headers);
        auto outcome = co_await state_.settled(until);
        // Ready when it was claimed and lost right after: somebody has to establish the next one.
        if (outcome || outcome.error().code != errc::backend_session_lost || attempt > 0)
            co_return outcome;
    }
}

// By whoever claimed it.
asio::awaitable<vmcp::result<std::shared_ptr<const established>>>
upstream::establish(steady_clock::time_point until, const header_list* headers) {
    settle_guard guard(state_);
    auto made = co_await initialize(until, headers);
    const bool again = made && state_.generation() > 0;
    const auto failed = made ? std::nullopt : std::optional(made.error());
    guard.settle(std::move(made));
    if (failed)
        co_return *failed;
    // It was closed meanwhile, when there was nothing to end yet.
    if (closed() && running_.load() == 0) {
        end_session();
        co_return vmcp::fail(errc::backend_session_lost, "the session was closed");
    }
    if (again)
        established_again();
    // The stream of an earlier generation, if there was one, ended with it.
    bool wanted = false;
    {
        const std::lock_guard lock(mutex_);
        wanted = wants_stream_;
    }
    if (wanted)
        listen();
    co_return co_await state_.settled(until);
}

void upstream::established_again() {
    reinitialization_pace::verdict verdict{};
    {
        const std::lock_guard lock(mutex_);
        verdict = pace_.happened(steady_clock::now());
    }
    if (verdict.warn)
        vmcp::log::warn(
            "backend {}: it lost the same session more than {} times within a minute; its sessions may "
            "not survive its own requests, or a load balancer may spread them over instances",
            context_->connections->config().name, reinitialization_pace::too_many_a_minute);
    context_->guard->reinitialized();
    if (verdict.report)
        context_->guard->lists_changed();
}

asio::awaitable<vmcp::result<established>> upstream::initialize(steady_clock::time_point until,
                                                                const header_list* headers) {
    const std::string params = fmt::format(
        R"({{"protocolVersion":"{}","capabilities":{},"clientInfo":{{"name":"{}","version":"{}"}}}})",
        text_of(version_), client_capabilities_, vmcp::program_name, vmcp::program_version);
    const std::string message = vmcp::request_message("0", "initialize", params);
    const auto parsed = vmcp::read_message(message);
    upstream_request what{
        .message = message, .id = parsed->id.raw, .method = "initialize", .repeatable = true};
    call_facts met;
    what.met = &met;
    established made;
    if (headers != nullptr && of_one_client_)
        made.headers = *headers;
    what.headers = &made.headers;

    own_sink answer;
    bool fresh = false;
    for (;;) {
        auto end = co_await try_request(what, nullptr, answer, until, fresh, &made.session_id);
        if (end.how == attempt_end::done)
            break;
        if (end.how != attempt_end::send_again || std::exchange(fresh, true)) {
            const std::lock_guard lock(mutex_);
            refusal_ = std::move(met);
            co_return end.why;
        }
    }
    const auto result = result_of(answer.answer, "initialize");
    if (!result)
        co_return result.error();
    const auto version_text =
        vmcp::unquoted(vmcp::json_member(*result, "protocolVersion", 1000).raw).value_or("");
    const auto version = vmcp::parse_version(version_text);
    if (!version)
        co_return vmcp::fail(
            errc::backend_protocol,
            fmt::format("initialize was answered with the unknown protocol version \"{}\"", version_text));
    // Visible ASCII only (basic/transports, "Session Management"); anything else could not be sent back.
    if (!std::ranges::all_of(made.session_id, [](char c) { return c >= 0x21 && c <= 0x7E; }))
        co_return vmcp::fail(errc::backend_protocol,
                             "the Mcp-Session-Id holds characters that are not visible ASCII");
    made.version = *version;
    made.capabilities = std::string(vmcp::json_member(*result, "capabilities", 1000).raw);
    made.server_info = std::string(vmcp::json_member(*result, "serverInfo", 1000).raw);
    made.instructions = vmcp::unquoted(vmcp::json_member(*result, "instructions", 1000).raw).value_or("");

    const auto with = std::make_shared<const established>(made);
    if (auto sent = co_await post(vmcp::notification_message("notifications/initialized"), with); !sent)
        co_return sent.error();
    co_await replay(*with, until);
    co_return made;
}

// What the client had set before the backend forgot: it must not notice.
asio::awaitable<void> upstream::replay(const established& with, steady_clock::time_point until) {
    std::set<std::string> subscriptions;
    auto level = vmcp::log_level::unset;
    {
        const std::lock_guard lock(mutex_);
        subscriptions = subscriptions_;
        level = level_;
    }
    const auto send = [&](std::string_view method, std::string params) -> asio::awaitable<void> {
        const std::string message = vmcp::request_message("0", method, params);
        const auto parsed = vmcp::read_message(message);
        const upstream_request what{
            .message = message, .id = parsed->id.raw, .method = method, .repeatable = true};
        own_sink answer;
        const auto limit = std::min(until, steady_clock::now() + milliseconds(5'000));
        co_await try_request(what, &with, answer, limit, false, nullptr);
    };
    if (level != vmcp::log_level::unset && with.offers("logging"))
        co_await send(
            "logging/setLevel",
            fmt::format(R"({{"level":"{}"}})", vmcp::log_level_texts[static_cast<std::size_t>(level)]));
    for (const auto& uri : subscriptions) {
        if (steady_clock::now() >= until) {
            vmcp::log::warn("backend {}: not all of {} subscriptions could be renewed in time",
                            context_->connections->config().name, subscriptions.size());
            co_return;
        }
        co_await send("resources/subscribe", fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
    }
}

asio::awaitable<vmcp::result<std::string>> upstream::ask(std::string_view method, std::string params,
                                                         milliseconds timeout, vmcp::cancellation* control,
                                                         call_facts* met) {
    const std::string message = vmcp::request_message("0", method, params);
    const auto parsed = vmcp::read_message(message);
    const upstream_request what{.message = message,
                                .id = parsed->id.raw,
                                .method = method,
                                .control = control,
                                .repeatable = true,
                                .timeout = timeout,
                                .met = met};
    own_sink answer;
    if (auto outcome = co_await request(what, answer); !outcome)
        co_return outcome.error();
    co_return result_of(answer.answer, method);
}

asio::awaitable<vmcp::result<void>> upstream::post(std::string message,
                                                   std::shared_ptr<const established> with) {
    constexpr milliseconds limit{10'000};
    const auto self = shared_from_this();
    const auto headers = fields(with.get(), nullptr, "application/json, text/event-stream");
    const vmcp::gather body(message);
    for (bool fresh = false;; fresh = true) {
        auto made = co_await context_->connections->take(steady_clock::now() + limit, fresh);
        if (!made)
            co_return vmcp::fail(errc::backend_unavailable, describe(made.error()));
        auto connection = std::move(*made);
        connection->expires_in(limit);
        client_exchange exchange(*connection);
        const exchange_request request{
            .url = &context_->connections->target().url, .fields = headers, .body = &body};
        std::string reply;
        auto done = co_await exchange.send(request);
        if (done)
            done = co_await exchange.body(reply, context_->max_body);
        if (!done) {
            // A stale connection; notifications and answers may come twice without harm.
            if (connection->reused && !fresh)
                continue;
            co_return vmcp::fail(errc::backend_unavailable, done.error().detail);
        }
        const auto status = exchange.status();
        context_->connections->give(std::move(connection), exchange);
        if (status < 200 || status >= 300)
            co_return vmcp::fail(errc::backend_protocol,
                                 fmt::format("a notification was answered with HTTP {}", status));
        co_return vmcp::result<void>();
    }
}

void upstream::notify(std::string message) {
    auto with = state_.ready();
    if (!with || closed())
        return;
    ++sending_;
    std::shared_ptr<upstream> guard(this, [self = shared_from_this()](upstream*) {
        --self->sending_;
        self->sent_.notify_all();
    });
    worker::current().spawn(
        [](std::shared_ptr<upstream> self, std::string text,
           std::shared_ptr<const established> session) -> asio::awaitable<void> {
            if (const auto sent = co_await self->post(std::move(text), session); !sent)
                vmcp::log::debug("backend {}: {}", self->context_->connections->config().name,
                                 sent.error().message());
        }(std::move(guard), std::move(message), std::move(with)),
        "a notification to a backend");
}

asio::awaitable<void> upstream::room() {
    constexpr std::size_t most = 64;
    while (sending_.load() >= most) {
        auto ticket = sent_.take(worker::current().executor());
        if (sending_.load() < most)
            break;
        co_await ticket.wait(steady_clock::now() + std::chrono::seconds(60));
    }
}

void upstream::set_log_level(vmcp::log_level level) {
    {
        const std::lock_guard lock(mutex_);
        level_ = level;
    }
    auto with = state_.ready();
    if (!with || closed() || !with->offers("logging"))
        return;
    worker::current().spawn(
        [](std::shared_ptr<upstream> self, std::string params) -> asio::awaitable<void> {
            co_await self->ask("logging/setLevel", std::move(params), milliseconds(5'000));
        }(shared_from_this(), fmt::format(R"({{"level":"{}"}})",
                                          vmcp::log_level_texts[static_cast<std::size_t>(level)])),
        "a log level for a backend");
}

void upstream::remember_subscription(const std::string& uri, bool subscribed) {
    const std::lock_guard lock(mutex_);
    if (subscribed)
        subscriptions_.insert(uri);
    else
        subscriptions_.erase(uri);
}

void upstream::listen() {
    auto with = state_.ready();
    std::function<void()> stop_former;
    {
        const std::lock_guard lock(mutex_);
        wants_stream_ = true;
        if (!with || closed() || listening_generation_ == with->generation)
            return;
        listening_generation_ = with->generation;
        stop_former.swap(stop_listening_);
        stream_tried_ = std::make_shared<vmcp::promised<bool>>();
        stream_pending_ = true;
    }
    // A backend that forgot a session may still hold its stream open.
    if (stop_former)
        stop_former();
    worker::current().spawn(upstream_listener::run(shared_from_this(), std::move(with)),
                            "a backend's stream");
}

void upstream::close() {
    if (closed_.exchange(true))
        return;
    std::function<void()> stop;
    {
        const std::lock_guard lock(mutex_);
        stop.swap(stop_listening_);
    }
    if (stop)
        stop();
    if (running_.load() == 0)
        end_session();
}

// Called when the session is closed and no request runs; both may come last, so only one of them finds it
// still ready.
void upstream::end_session() {
    auto with = state_.ready();
    if (!with || !state_.lose(with->generation) || with->session_id.empty())
        return;
    worker::current().spawn(say_goodbye(std::move(with)), "the end of a backend session");
}

// Backends keep state for a session until they are told; that it may answer 405 is its own business.
asio::awaitable<void> upstream::say_goodbye(std::shared_ptr<const established> with) {
    const auto self = shared_from_this();
    constexpr milliseconds limit{2'000};
    const auto turn = co_await context_->goodbyes->enter(steady_clock::now() + limit);
    if (!turn)
        co_return; // it forgets the session by itself some day
    auto made = co_await context_->connections->take(steady_clock::now() + limit, false);
    if (!made)
        co_return;
    auto connection = std::move(*made);
    connection->expires_in(limit);
    client_exchange exchange(*connection);
    const auto headers = fields(with.get(), nullptr, "application/json");
    const exchange_request request{
        .method = "DELETE", .url = &context_->connections->target().url, .fields = headers, .body = nullptr};
    std::string reply;
    if (co_await exchange.send(request) && co_await exchange.body(reply, context_->max_body))
        context_->connections->give(std::move(connection), exchange);
}

asio::awaitable<void> upstream::stream_settled() {
    constexpr milliseconds most{1'000}; // some servers say nothing at all on a GET
    std::shared_ptr<vmcp::promised<bool>> tried;
    {
        const std::lock_guard lock(mutex_);
        tried = stream_tried_;
    }
    if (tried && !tried->peek())
        co_await tried->get(worker::current().executor(), steady_clock::now() + most);
    stream_pending_ = false; // waited for once only
}

bool upstream::listening() {
    const std::lock_guard lock(mutex_);
    return stop_listening_ != nullptr;
}

std::shared_ptr<relay> upstream::running(std::string_view raw_id) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, weak] : relays_)
        if (raw_id.empty() || same_id(raw_id, id))
            if (auto found = weak.lock())
                return found;
    return nullptr;
}

// ---- what the backend asks ----

void upstream::remember_ask(std::string raw_id, std::shared_ptr<vmcp::pending_ask> pending) {
    const std::lock_guard lock(mutex_);
    asks_[std::move(raw_id)] = pending;
}

void upstream::forget_ask(const std::string& raw_id) {
    const std::lock_guard lock(mutex_);
    asks_.erase(raw_id);
}

void upstream::cancel_ask(std::string_view raw_id, std::string_view reason) {
    std::shared_ptr<vmcp::pending_ask> pending;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = asks_.find(std::string(raw_id)); it != asks_.end())
            pending = it->second.lock();
    }
    if (pending)
        pending->cancel(reason);
}

asio::awaitable<void> upstream::relay_answer(std::shared_ptr<vmcp::pending_ask> pending, std::string raw_id) {
    const auto self = shared_from_this();
    pending->on_progress([weak = weak_from_this()](std::string progress) {
        if (const auto up = weak.lock())
            up->notify(std::move(progress));
    });
    const auto given = co_await pending->answer(steady_clock::now() + context_->ask_timeout.load());
    forget_ask(raw_id);
    // The backend took its request back: it expects no answer.
    if (!given && given.error().code == errc::cancelled)
        co_return;
    std::string text;
    if (const auto answer =
            given ? vmcp::read_message(*given, 1000) : vmcp::result<vmcp::message>(given.error())) {
        vmcp::splice own(answer->whole);
        own.replace(answer->id.raw, raw_id);
        text = own.pieces().str();
    } else {
        text = vmcp::error_message(raw_id, answer.error());
    }
    if (const auto with = state_.ready()) {
        if (const auto sent = co_await post(std::move(text), with); !sent)
            vmcp::log::debug("backend {}: the client's answer was not taken: {}",
                             context_->connections->config().name, sent.error().message());
    }
}

void upstream::refuse(const vmcp::message& request, const vmcp::failure& why) {
    notify(vmcp::error_message(request.id.raw, why));
}

void upstream::answer_directly(const vmcp::message& request) {
    if (request.method == "ping")
        notify(vmcp::result_message(request.id.raw, "{}"));
    else if (request.method == "roots/list" && client_capabilities_.find("\"roots\"") != std::string::npos)
        notify(vmcp::result_message(request.id.raw, R"({"roots":[]})")); // nobody in particular has none
    else
        notify(vmcp::error_message(request.id.raw,
                                   vmcp::fail(errc::method_not_found, std::string(request.method))));
}

bool upstream::take_general_notification(const vmcp::message& m) {
    if (m.method == "notifications/cancelled") {
        cancel_ask(m.param.request_id.raw, vmcp::json_member(m.params.raw, "reason").raw);
        return true;
    }
    if (m.method == "notifications/tools/list_changed" || m.method == "notifications/prompts/list_changed" ||
        m.method == "notifications/resources/list_changed") {
        // Clients are told when the merged list has changed for them, which is not the same.
        context_->guard->lists_changed();
        return true;
    }
    if (m.method == "notifications/resources/updated") {
        send_update(m);
        return true;
    }
    return false;
}

void upstream::send_update(const vmcp::message& m) {
    const auto uri = vmcp::unquoted(m.param.uri.raw).value_or("");
    const auto owner = client_.lock();
    const auto to = owner ? std::vector{owner} : audience_.subscribers(uri);
    const auto exposed = to.empty() ? std::string() : vmcp::quoted(context_->expose_uri(uri));
    for (const auto& client : to) {
        const auto way = client->stream();
        if (!way)
            continue;
        vmcp::splice text(m.whole);
        if (exposed != vmcp::quoted(uri))
            text.replace(m.param.uri.raw, exposed);
        way->send(text.pieces().str());
    }
}

} // namespace transport
