// The GET stream of a backend session, on which the backend says what belongs to no request.
#pragma once

#include "transport/mcp/back/awaited.hpp"
#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/backend_questions.hpp"
#include "transport/mcp/back/reinitialization_pace.hpp"
#include "transport/mcp/back/session_ending.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_messages.hpp"
#include "transport/mcp/back/session_notices.hpp"
#include "transport/mcp/back/session_renewal.hpp"
#include "transport/mcp/back/session_router.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "transport/mcp/back/shared_audience.hpp"
#include "transport/mcp/back/stream_need.hpp"
#include "vmcp/model/cancellation.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace transport {

struct stream_run;

// Part of a session. Thread-safe but for what says otherwise.
class server_stream {
public:
    server_stream(session_lifetime& whole, const backend_context& context, const session_identity& as,
                  session_state& state, const session_settings& settings, const shared_audience& audience,
                  session_router& router, session_messages& messages, backend_questions& questions,
                  session_notices& notices, session_ending& ending, session_renewal& renewal)
        : whole_(whole)
        , context_(context)
        , as_(as)
        , state_(state)
        , audience_(audience)
        , need_(as, settings, audience)
        , router_(router)
        , messages_(messages)
        , questions_(questions)
        , notices_(notices)
        , ending_(ending)
        , renewal_(renewal) {}

    // A stream costs a connection here and there, and most sessions are idle: it is open while somebody needs it
    // (stream_need), and for a moment more (MCP 2025-11-25, basic/transports: a client opens and closes it as it likes).

    // There is never one: a session_carrier hands to take() what would come on it. Before the session is used.
    void is_carried() noexcept { carried_ = true; }
    // Delivers one message of the backend that came for no request. Returns when there is room for the next. On a worker.
    vmcp::awaitable<void> take(std::string text);

    // Somebody needs it, or is about to: opens it. On a worker.
    void want();
    // The same for as long as the session lives.
    void want_always();
    // A call needs it, from here to release().
    void hold();
    void release();
    // Somebody may need it no more.
    void look_again();
    // The session was established: opens the stream where it is needed. On a worker.
    void follow_session();
    // Ends it for good; the session is closed.
    void stop();

    // Waits until the stream is open, or known not to be, but not for long: some servers send questions there, at once,
    // and forget them when nobody listens; and some say nothing at all on a GET. To be awaited when unsettled().
    vmcp::awaitable<void> settled(vmcp::cancellation* control);
    [[nodiscard]] bool unsettled() const noexcept { return unsettled_.load(std::memory_order_relaxed); }

    // Somebody waits for what comes on it, whether a call runs or not.
    [[nodiscard]] bool needed_between_calls() const { return need_.is_there_between_calls(); }
    // It is open, or is being opened.
    [[nodiscard]] bool active() const;

private:
    void open();
    // True: nobody needs it, and it ends.
    [[nodiscard]] bool leaves(stream_run& one);
    vmcp::awaitable<void> listen(std::shared_ptr<session_lifetime> whole, std::shared_ptr<stream_run> one);
    [[nodiscard]] bool is_over(const stream_run& one) const;
    void ask(const vmcp::message& question, std::shared_ptr<vmcp::pending_ask>& asked);
    void lists_may_differ();
    // True: a running call has it, or it is refused.
    bool asked_by_call(const vmcp::message& question);

    session_lifetime& whole_;
    const backend_context& context_;
    const session_identity& as_;
    session_state& state_;
    const shared_audience& audience_;
    stream_need need_;
    session_router& router_;
    session_messages& messages_;
    backend_questions& questions_;
    session_notices& notices_;
    session_ending& ending_;
    session_renewal& renewal_;
    bool carried_ = false;

    std::atomic<std::size_t> open_questions_{0}; // that wait for the client
    std::atomic<bool> unsettled_{false};
    std::atomic<bool> slow_{false}; // its answer was not there in time: not waited for again
    mutable std::mutex mutex_{};
    reinitialization_pace breaks_{};
    std::shared_ptr<stream_run> current_{}; // of the newest session
};

} // namespace transport
