#include "transport/mcp/back/session_ending.hpp"

#include "transport/mcp/back/plain_exchange.hpp"
#include "transport/mcp/back/session_core.hpp"

namespace transport {

using std::chrono::milliseconds;

// Closing and the end of the last request may both come last: only one of them finds it still ready.
void session_ending::end_if_due() {
    if (!state_.closed() || uses_.load() > 0)
        return;
    const auto& carrier = static_cast<const session_core&>(whole_).carrier;
    if (auto session = state_.ready(); session && state_.lose(session->generation))
        end(std::move(session));
    else if (!session && carrier)
        carrier->drop(0); // a handshake may be under way
}

void session_ending::give_up(const session_state::session_ptr& session, bool gone) {
    if (!state_.lose(session->generation))
        return;
    if (!gone)
        end(session);
    renewal_.look(session->headers);
}

void session_ending::end(session_state::session_ptr session) {
    if (const auto& carrier = static_cast<const session_core&>(whole_).carrier)
        return carrier->drop(session->conversation);
    if (session->session_id.empty())
        return;
    worker::current().spawn(say_goodbye(whole_.shared_from_this(), std::move(session)),
                            "the end of a backend session");
}

// Backends keep state for a session until they are told; that it may answer 405 is its own business.
vmcp::awaitable<void> session_ending::say_goodbye(std::shared_ptr<session_lifetime>,
                                                  session_state::session_ptr session) const {
    constexpr milliseconds limit{2'000};
    const auto turn = co_await context_.goodbyes->enter(vmcp::steady_clock::now() + limit);
    if (!turn)
        co_return; // it forgets the session by itself some day
    const auto place =
        co_await context_.places->enter(vmcp::steady_clock::now() + limit, nullptr, call_limit::use::errand);
    if (!place)
        co_return;
    const plain_request goodbye{.method = "DELETE", .connect_within = limit / 2};
    co_await exchange_plainly(context_, as_, *session, goodbye, vmcp::steady_clock::now() + limit);
}

} // namespace transport
