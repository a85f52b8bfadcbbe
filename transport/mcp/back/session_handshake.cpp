#include "transport/mcp/back/session_handshake.hpp"

#include "transport/mcp/back/backend_call.hpp"
#include "transport/mcp/back/own_request.hpp"
#include "transport/mcp/back/plain_exchange.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/catalog/backend_features.hpp"
#include "vmcp/model/older_revision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::steady_clock;

namespace {

// Whoever establishes the session must say how that ended, also when it is torn down.
class settle_guard {
public:
    explicit settle_guard(session_state& state) : state_(state) {}
    ~settle_guard() {
        if (!settled_)
            state_.settle(vmcp::fail(errc::backend_session_lost));
    }
    void settle(vmcp::result<established> outcome) {
        settled_ = true;
        state_.settle(std::move(outcome));
    }

private:
    session_state& state_;
    bool settled_ = false;
};

// Over a carrier: in which conversation it was made. False: that is over, and there is nowhere to post to.
bool note_conversation(const session_core& session, established& made) {
    if (!session.carrier)
        return true;
    made.conversation = session.carrier->current();
    if (made.target.empty())
        made.target = session.carrier->posts_to(made.conversation);
    return !session.carrier->posts() || !made.target.empty();
}

// Reads an InitializeResult into `made`. `words`: what of a failure is the peer's own.
vmcp::result<void> read_result(std::string_view result, const vmcp::credential& credential,
                               bool of_one_client, established& made, std::string& words) {
    const auto text_of = [&](std::string_view member) {
        return vmcp::unquoted(vmcp::json_member(result, member, backend_json_depth).raw).value_or("");
    };
    const auto version = vmcp::parse_version(text_of("protocolVersion"));
    if (!version) {
        words = vmcp::excerpt_of(text_of("protocolVersion"), credential.secrets);
        return vmcp::fail(errc::backend_protocol, "initialize was answered with an unknown protocol version");
    }
    made.version = *version;
    const auto capabilities = vmcp::json_optional(result, "capabilities", backend_json_depth).raw;
    if (of_one_client) {
        made.capabilities = bare_capabilities(capabilities);
        made.server_info.clear();
        return {};
    }
    const auto server_info = vmcp::json_optional(result, "serverInfo", backend_json_depth).raw;
    for (const auto& [field, text] : {std::pair("capabilities", capabilities), {"serverInfo", server_info}})
        if (text.size() > longest_self_description)
            return vmcp::fail(errc::backend_protocol,
                              fmt::format("its {} are {} bytes long, more than {}", field, text.size(),
                                          longest_self_description));
    made.capabilities = capabilities;
    made.server_info = server_info;
    made.instructions = vmcp::cut_instructions(text_of("instructions"), longest_instructions);
    return {};
}

} // namespace

vmcp::awaitable<vmcp::result<session_state::session_ptr>>
session_handshake::ensure(steady_clock::time_point until, const header_list* headers,
                          vmcp::cancellation* control) {
    auto& state = session_.state;
    for (int attempt = 0;; ++attempt) {
        if (auto ready = state.ready())
            co_return ready;
        if (state.closed())
            co_return vmcp::fail(errc::backend_session_lost, "the session was closed");
        if (state.claim() == session_state::role::initialize) {
            const auto whole = std::static_pointer_cast<session_core>(session_.shared_from_this());
            // Only a session of one client is opened in the name of a single call.
            auto of_call = headers != nullptr && session_.as.of_one_client ? *headers : header_list();
            const auto most = session_.carrier ? steady_clock::now() + session_.carrier->patience() : until;
            worker::current().spawn(establish(whole, most, std::move(of_call)), "a handshake with a backend");
        }
        auto outcome = co_await state.settled(until, control);
        // Ready when it was claimed and lost right after: somebody has to establish the next one.
        if (outcome || outcome.error().code != errc::backend_session_lost || attempt > 0)
            co_return outcome;
    }
}

vmcp::awaitable<bool> session_handshake::take_over(const opened_session& first,
                                                   steady_clock::time_point until) {
    auto& state = session_.state;
    established in{.session_id = first.session_id, .target = first.target};
    std::string words;
    if (!read_result(first.result, {}, false, in, words) || state.claim() != session_state::role::initialize)
        co_return false;
    settle_guard guard(state);
    state.give_ids_from(first.next_id);
    const own_request request("ping", {});
    auto view = request.view();
    view.session = session_use::given;
    view.given = &in;
    view.until = until;
    view.fresh = true;
    own_sink answer;
    if (const auto done = co_await backend_call::run(session_, view, answer);
        !done || !answer.shows_living_session())
        co_return false;
    guard.settle(std::move(in));
    session_.stream.follow_session();
    co_return true;
}

call_facts session_handshake::refusal() const {
    const std::lock_guard lock(mutex_);
    return refusal_;
}

// Run by the one call that claimed the handshake; all others wait for what it settles.
vmcp::awaitable<void> session_handshake::establish(std::shared_ptr<session_core> whole,
                                                   steady_clock::time_point until, header_list headers) {
    auto& state = whole->state;
    settle_guard guard(state);
    auto made = co_await initialize(until, headers);
    const bool again = made && state.generation() > 0;
    const bool failed = !made;
    // Before another one may begin: what is left of this one would stay open for nobody.
    if (failed && whole->carrier && whole->carrier->posts())
        whole->carrier->drop(0);
    if (!failed)
        whole->renewal.succeeded();
    guard.settle(std::move(made));
    if (failed)
        co_return;
    // It may have ended before it was anybody's, and have found nothing to give up.
    if (const auto ready = state.ready();
        ready && whole->carrier && whole->carrier->over(ready->conversation)) {
        whole->ending.give_up(ready, true);
        co_return;
    }
    // It may have been closed meanwhile, when there was nothing to end yet.
    whole->ending.end_if_due();
    if (again)
        established_again();
    whole->stream.follow_session();
    if (!again)
        co_return;
    // What was said while there was no session was heard by nobody, nor is what is said before the stream is open.
    if (whole->stream.unsettled())
        co_await whole->stream.settled(nullptr);
    whole->notices.may_have_changed(whole->settings.subscriptions());
}

void session_handshake::established_again() {
    session_.own_lists.established_again();
    const auto& context = *session_.context;
    reinitialization_pace::verdict verdict{};
    {
        const std::lock_guard lock(mutex_);
        verdict = pace_.happened(steady_clock::now());
    }
    if (verdict.warn)
        vmcp::log::warn(
            "backend {}: it lost the same session more than {} times within a minute; its sessions may "
            "not survive its own requests, or a load balancer may spread them over instances",
            context.name(), reinitialization_pace::too_many_a_minute);
    context.guard->reinitialized();
    if (verdict.report)
        context.guard->lists_changed();
}

vmcp::awaitable<vmcp::result<established>> session_handshake::initialize(steady_clock::time_point until,
                                                                         const header_list& headers) {
    struct refusal_of_one {
        vmcp::failure why;
        call_facts met;
    };
    std::optional<refusal_of_one> first; // the newest revision's says more than those that follow
    note_refusal({});
    for (std::optional version(session_.as.version); version;) {
        std::optional<vmcp::protocol_version> older;
        auto made = co_await offer(*version, until, headers, older);
        if (made) {
            co_await replay(*made, until);
            co_return made;
        }
        if (!first)
            first.emplace(made.error(), refusal());
        version = steady_clock::now() < until ? older : std::nullopt;
    }
    note_refusal(std::move(first->met));
    co_return std::move(first->why);
}

// The backend keeps a session that nobody will use.
void session_handshake::abandon(established made) {
    session_.ending.end(std::make_shared<const established>(std::move(made)));
}

void session_handshake::note_refusal(call_facts facts) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(facts);
}

vmcp::awaitable<vmcp::result<established>>
session_handshake::offer(vmcp::protocol_version version, steady_clock::time_point until,
                         const header_list& headers, std::optional<vmcp::protocol_version>& older) {
    const std::string params = fmt::format(
        R"({{"protocolVersion":"{}","capabilities":{},"clientInfo":{{"name":"{}","version":"{}"}}}})",
        text_of(version), session_.as.client_capabilities, vmcp::program_name, vmcp::program_version);
    const own_request request("initialize", params);
    auto view = request.view();
    established made;
    call_facts facts;
    unsigned status = 0;
    credential_ptr sent_with;
    std::string session_id;
    view.session = session_use::none;
    view.headers = &headers;
    view.until = until;
    view.new_session_id = &session_id;
    view.moved_to = &made.target;
    view.status = &status;
    view.met = &facts;
    view.sent_with = &sent_with;
    own_sink answer;
    if (const auto done = co_await backend_call::run(session_, view, answer); !done) {
        // A conversation that could not be begun has heard of no revision.
        if (!session_.carrier || session_.carrier->current() != 0)
            older = vmcp::older_revision(version, facts.status, facts.body);
        note_refusal(std::move(facts));
        co_return done.error();
    }
    if (!note_conversation(session_, made))
        co_return vmcp::fail(errc::backend_unavailable, "its event stream ended in the handshake");
    // Visible ASCII only (basic/transports, "Session Management"); anything else could not be sent back.
    const bool sendable = std::ranges::all_of(session_id, [](char c) { return c >= 0x21 && c <= 0x7E; });
    if (sendable)
        made.session_id = std::move(session_id);
    made.headers = headers;
    std::string words;
    const auto result = answer.result_of("initialize", *sent_with, words);
    constexpr unsigned loop_detected = 508; // of a gateway that has seen this request (RFC 9110 7.6.3, Via)
    if (status == loop_detected)
        co_return vmcp::fail(errc::backend_protocol,
                             "it says that the request came through this gateway before (HTTP 508)");
    if (!result)
        older = vmcp::older_revision(version, status, answer.text());
    const auto read = result ? read_result(*result, *sent_with, session_.as.of_one_client, made, words)
                             : vmcp::result<void>(result.error());
    if (!read) {
        note_refusal({.method = result ? std::string() : "initialize", .words = std::move(words)});
        abandon(std::move(made));
        co_return read.error();
    }
    if (!sendable)
        co_return vmcp::fail(errc::backend_protocol,
                             "the Mcp-Session-Id holds characters that are not visible ASCII");
    if (auto confirmed = co_await confirm(made, version, until, older); !confirmed) {
        abandon(std::move(made));
        co_return confirmed.error();
    }
    co_return made;
}

// With this notification the revision stands in a header field for the first time, where other parts of a server read it.
vmcp::awaitable<vmcp::result<void>> session_handshake::confirm(const established& made,
                                                               vmcp::protocol_version version,
                                                               steady_clock::time_point until,
                                                               std::optional<vmcp::protocol_version>& older) {
    constexpr milliseconds limit{10'000};
    if (session_.carrier && !session_.carrier->posts())
        co_return co_await session_.messages.post(vmcp::notification_message("notifications/initialized"),
                                                  made);
    call_facts facts;
    const plain_request initialized{.body = vmcp::notification_message("notifications/initialized"),
                                    .met = &facts};
    const auto status = co_await exchange_plainly(*session_.context, session_.as, made, initialized,
                                                  std::min(until, steady_clock::now() + limit));
    if (!status) {
        note_refusal(std::move(facts));
        co_return status.error();
    }
    if (*status >= 200 && *status < 300)
        co_return vmcp::result<void>();
    older = vmcp::older_revision(version, *status, {});
    co_return vmcp::fail(errc::backend_protocol,
                         fmt::format("notifications/initialized was answered with HTTP {}", *status));
}

// What the client had set before the backend forgot: it must not notice.
vmcp::awaitable<void> session_handshake::replay(const established& in, steady_clock::time_point until) {
    constexpr milliseconds most_for_each{5'000};
    const auto send = [&](std::string_view method, std::string params) -> asio::awaitable<void> {
        const own_request request(method, params);
        auto view = request.view();
        view.session = session_use::given;
        view.given = &in;
        view.until = std::min(until, steady_clock::now() + most_for_each);
        own_sink dropped;
        co_await backend_call::run(session_, view, dropped);
    };
    const auto level = session_.settings.level();
    session_.settings.replayed(level);
    if (level != vmcp::log_level::unset && in.offers("logging"))
        co_await send("logging/setLevel", level_params(level));
    const auto subscriptions = session_.settings.subscriptions();
    for (const auto& uri : subscriptions) {
        if (session_.state.closed()) // the session ends as soon as this returns
            co_return;
        if (steady_clock::now() >= until) {
            vmcp::log::warn("backend {}: not all of {} subscriptions could be renewed in time",
                            session_.context->name(), subscriptions.size());
            co_return;
        }
        co_await send("resources/subscribe", fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
    }
}

} // namespace transport
