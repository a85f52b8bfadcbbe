// What a backend asks: the client's answer is carried back to it, or it is answered or refused here.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_messages.hpp"
#include "transport/mcp/back/session_router.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"

#include <functional>
#include <memory>
#include <string>

namespace transport {

// Part of a session. On workers.
class backend_questions {
public:
    backend_questions(session_lifetime& whole, const backend_context& context, const session_identity& as,
                      const session_state& state, session_router& router, session_messages& messages)
        : whole_(whole)
        , context_(context)
        , as_(as)
        , state_(state)
        , router_(router)
        , messages_(messages) {}

    // Gets the place at the backend that the answer was carried in; an empty one when it was not carried.
    using on_answered = std::function<void(call_limit::place)>;
    // The client was asked `question`: carries its answer, and its progress until then, to the backend in the
    // background, and calls `answered` on this worker when that is over in any way.
    void carry_answer(const vmcp::message& question, std::shared_ptr<vmcp::pending_ask> asked,
                      on_answered answered);

    // Answers a question that is not for a client: a ping, or what the gateway's own session is asked. Any other belongs to
    // clients none of whom can be asked, and is refused: nobody answers in their place. `answered` may be empty.
    void answer_here(const vmcp::message& question, on_answered answered = {});
    // Refuses what a client could have been asked.
    void refuse(const vmcp::message& question, const vmcp::failure& why, on_answered answered = {});

private:
    asio::awaitable<call_limit::place> relay_answer(std::shared_ptr<vmcp::pending_ask> asked,
                                                    std::string raw_id);

    session_lifetime& whole_;
    const backend_context& context_;
    const session_identity& as_;
    const session_state& state_;
    session_router& router_;
    session_messages& messages_;
};

} // namespace transport
