// Subscriptions that a client made through another replica, while it listens here: the backends are told to deliver updates to
// this one too.
#pragma once

#include "transport/net/worker.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/session/live_session.hpp"

#include <memory>

namespace transport {

// While it lives, backends are told of subscriptions that the session inherits, those it has and those that come.
class inherited_subscriptions {
public:
    // `terms` are those of the request that listens; `core` and `home` outlive what goes on.
    inherited_subscriptions(vmcp::service& core, worker& home, std::shared_ptr<vmcp::live_session> session,
                            vmcp::call_terms terms);
    ~inherited_subscriptions();
    inherited_subscriptions(const inherited_subscriptions&) = delete;
    inherited_subscriptions& operator=(const inherited_subscriptions&) = delete;

private:
    const std::shared_ptr<vmcp::live_session> session_;
};

} // namespace transport
