// What goes to a backend in a session besides requests: notifications, and answers to its questions.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/newest_only.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
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

    // Sends a whole message in the background when the session is established and not closed; drops it otherwise, and when
    // as many wait for a place at the backend as may.
    void send(std::string message);
    // The same with a message that takes the place of those about the same subject that were not sent yet.
    void send_newest(const std::string& subject, std::string message);

    // The same with an answer to a question of the backend, which may do nothing before it has it: it waits for a place
    // before all others, and not for long. `sent`, which may be empty, gets the place that it had, if any, when it is over.
    void reply(std::string message, std::function<void(call_limit::place)> sent);

    // Returns when not too many messages are on their way. A reader of the backend's questions waits here before it takes
    // the next one.
    vmcp::awaitable<void> room();

    // Sends a whole message in that session. Fails when the backend does not take it.
    vmcp::awaitable<vmcp::result<void>> post(std::string message, const established& in) const;

private:
    static constexpr std::size_t most_on_their_way = 64;
    static constexpr std::size_t most_waiting = 256;

    using self_ptr = std::shared_ptr<session_messages>;
    // Counts as on its way, and keeps the session, while it lives.
    [[nodiscard]] self_ptr on_its_way();
    [[nodiscard]] vmcp::awaitable<vmcp::result<call_limit::place>> place() const;
    static vmcp::awaitable<void> carry(self_ptr self, std::string message, session_state::session_ptr in);
    static vmcp::awaitable<void> carry_reply(self_ptr self, std::string message,
                                             session_state::session_ptr in,
                                             std::function<void(call_limit::place)> sent);
    static vmcp::awaitable<void> carry_newest(self_ptr self, std::string subject);
    vmcp::awaitable<void> post_or_tell(std::string message, const established& in) const;

    session_lifetime& whole_;
    const backend_context& context_;
    const session_identity& as_;
    const session_state& state_;
    std::atomic<std::size_t> on_their_way_{0};
    vmcp::wait_list sent_{};
    newest_only<std::string> newest_{};
};

} // namespace transport
