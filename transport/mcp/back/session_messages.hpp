// What goes to a backend in a session besides requests: notifications, and answers to its questions.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <cstddef>
#include <string>

namespace transport {

// Part of a session. On workers.
class session_messages {
public:
    session_messages(session_lifetime& whole, const backend_context& context, const session_identity& as,
                     const session_state& state)
        : whole_(whole)
        , context_(context)
        , as_(as)
        , state_(state) {}

    // Sends a whole message in the background when the session is established and not closed; drops it otherwise.
    void send(std::string message);

    // Returns when not too many messages are on their way: whoever reads what the backend asks waits in between.
    vmcp::awaitable<void> room();

    // Sends a whole message in that session. Fails when the backend does not take it.
    vmcp::awaitable<vmcp::result<void>> post(std::string message, const established& in) const;

private:
    static constexpr std::size_t most_on_their_way = 64;

    session_lifetime& whole_;
    const backend_context& context_;
    const session_identity& as_;
    const session_state& state_;
    std::atomic<std::size_t> on_their_way_{0};
    vmcp::wait_list sent_{};
};

} // namespace transport
