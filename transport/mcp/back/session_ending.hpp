// The end of a backend session: after its last request, the backend is told.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_renewal.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/awaitable.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace transport {

// Part of a session. On workers.
class session_ending {
public:
    session_ending(session_lifetime& whole, const backend_context& context, const session_identity& as,
                   session_state& state, session_renewal& renewal)
        : whole_(whole)
        , context_(context)
        , as_(as)
        , state_(state)
        , renewal_(renewal) {}

    // A request runs while it lives: the end waits for it.
    class use {
    public:
        explicit use(session_ending& ending) : of_(ending) { ++of_.uses_; }
        ~use() {
            --of_.uses_;
            of_.end_if_due();
        }
        use(const use&) = delete;
        use& operator=(const use&) = delete;

    private:
        session_ending& of_;
    };

    [[nodiscard]] std::size_t uses() const noexcept { return uses_.load(); }

    // Ends the session, in the background, when it is closed and no request runs.
    void end_if_due();

    // The session is not used any more: the backend seems not to know it. `gone`: it has said so without a doubt; else it
    // is told to end it, since it may keep what nobody will use. Another one follows where somebody needs it without a call.
    void give_up(const session_state::session_ptr& session, bool gone);
    // Ends a session that never became the current one.
    void end(session_state::session_ptr session);

private:
    vmcp::awaitable<void> say_goodbye(std::shared_ptr<session_lifetime> whole,
                                      session_state::session_ptr session) const;

    session_lifetime& whole_;
    const backend_context& context_;
    const session_identity& as_;
    session_state& state_;
    session_renewal& renewal_;
    std::atomic<std::size_t> uses_{0};
};

} // namespace transport
