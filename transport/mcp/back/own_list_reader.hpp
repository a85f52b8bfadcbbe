// Sees to it that the lists of a client's own session with a backend are read when the backend says on it that they changed.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/own_list_pace.hpp"
#include "transport/mcp/back/session_ending.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace transport {

// Part of a session. Thread-safe; what may begin a reading is to be called on a worker, and returns at once.
class own_list_reader {
public:
    own_list_reader(session_lifetime& whole, const backend_context& context, const session_state& state,
                    const session_ending& uses)
        : whole_(whole)
        , context_(context)
        , state_(state)
        , uses_(uses) {}

    // Reads the lists and shows them to the client. `control` ends it early; never null.
    using reading =
        std::function<vmcp::awaitable<own_list_pace::outcome>(std::shared_ptr<vmcp::cancellation> control)>;
    // To be called before the session is used. Without it nothing is ever read.
    void read_with(reading how) { read_ = std::move(how); }

    // The backend says on this session that a list changed.
    void announced();
    // The backend forgot the session, and what it had listed in it.
    void established_again();
    // A call of the client begins.
    void called();
    // The session is closed: nothing is read any more.
    void stop();

private:
    void begin_if_due(std::unique_lock<std::mutex> lock);
    vmcp::awaitable<void> run(std::shared_ptr<session_lifetime> whole,
                              std::shared_ptr<vmcp::cancellation> control);
    vmcp::awaitable<void> wait_until(own_list_pace::time_point due,
                                     const std::shared_ptr<vmcp::cancellation>& control) const;
    vmcp::awaitable<own_list_pace::outcome> read_in_turn(std::shared_ptr<vmcp::cancellation> control) const;
    [[nodiscard]] own_list_pace::time_point next_due();

    session_lifetime& whole_;
    const backend_context& context_;
    const session_state& state_;
    const session_ending& uses_;
    reading read_{};

    std::atomic<bool> used_{false}; // something was announced: until then a call costs nothing here
    std::mutex mutex_{};
    own_list_pace pace_{};
    std::shared_ptr<vmcp::cancellation> running_{}; // null: nobody waits or reads
};

} // namespace transport
