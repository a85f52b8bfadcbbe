// Notifications of a backend that concern a session as a whole, on whichever stream they come.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/own_list_reader.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_router.hpp"
#include "transport/mcp/back/shared_audience.hpp"
#include "vmcp/model/message.hpp"

#include <set>
#include <string>

namespace transport {

// Part of a session.
class session_notices {
public:
    session_notices(const backend_context& context, const session_identity& as, session_router& router,
                    const shared_audience& audience, own_list_reader& own_lists)
        : context_(context)
        , as_(as)
        , router_(router)
        , audience_(audience)
        , own_lists_(own_lists) {}

    // Does what a notification asks for: a question is taken back, a list or a resource changed. False when it is none
    // of those.
    bool take(const vmcp::message& notification);
    // Nobody knows whether these resources changed: who subscribed to them looks for itself.
    void may_have_changed(const std::set<std::string>& uris);

private:
    void send_update(const vmcp::message& notification);

    const backend_context& context_;
    const session_identity& as_;
    session_router& router_;
    const shared_audience& audience_;
    own_list_reader& own_lists_;
};

} // namespace transport
