// The parts of one session with one backend (MCP 2025-03-26 to 2025-11-25), each of which says itself what it is for.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/backend_questions.hpp"
#include "transport/mcp/back/own_list_reader.hpp"
#include "transport/mcp/back/server_stream.hpp"
#include "transport/mcp/back/session_carrier.hpp"
#include "transport/mcp/back/session_ending.hpp"
#include "transport/mcp/back/session_handshake.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_lifetime.hpp"
#include "transport/mcp/back/session_messages.hpp"
#include "transport/mcp/back/session_notices.hpp"
#include "transport/mcp/back/session_renewal.hpp"
#include "transport/mcp/back/session_router.hpp"
#include "transport/mcp/back/session_settings.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "transport/mcp/back/settings_forwarder.hpp"
#include "transport/mcp/back/shared_audience.hpp"

#include <memory>
#include <string>
#include <utility>

namespace transport {

// Made by std::make_shared. In the order in which the parts need each other.
struct session_core final : session_lifetime {
    session_core(std::shared_ptr<const backend_context> c, std::string capabilities, vmcp::protocol_version v,
                 const std::shared_ptr<vmcp::client_session>& client,
                 std::shared_ptr<const vmcp::caller> caller)
        : context(std::move(c))
        , as(std::move(capabilities), v, client, std::move(caller)) {
        if (context->make_carrier) {
            carrier = context->make_carrier(*this);
            stream.is_carried();
        }
    }

    const std::shared_ptr<const backend_context> context;
    session_identity as;
    session_state state{};
    session_settings settings{};
    shared_audience audience{}; // of a shared session
    session_router router{*this};
    session_messages messages{*this, *context, as, state};
    session_renewal renewal{*this};
    session_ending ending{*this, *context, as, state, renewal};
    own_list_reader own_lists{*this, *context, state, ending};
    session_notices notices{*context, as, router, audience, own_lists};
    backend_questions questions{*this, *context, as, state, router, messages};
    server_stream stream{*this,  *context, as,        state,   settings, audience,
                         router, messages, questions, notices, ending,   renewal};
    session_handshake handshake{*this};
    settings_forwarder forwarder{*this};
    std::shared_ptr<session_carrier> carrier{}; // null: messages go by HTTP
};

} // namespace transport
