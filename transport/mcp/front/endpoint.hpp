// The MCP endpoint: what holds for every revision is checked here, once and in one order; then the front of the
// revision that the request speaks takes over.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/legacy_front.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/authenticator.hpp"

namespace transport {

class endpoint final : public http_handler {
public:
    endpoint(legacy_front& legacy, vmcp::authenticator& auth, const vmcp::published<front_settings>& settings,
             front_counters& counters)
        : legacy_(legacy)
        , auth_(auth)
        , settings_(settings)
        , counters_(counters) {}

    asio::awaitable<void> handle(http_request& request) override;

private:
    // Each answers the request itself and gives false when it may not go on.
    asio::awaitable<bool> check_origin(admitted_request& request);
    asio::awaitable<bool> authenticate(admitted_request& request);
    asio::awaitable<bool> check_version(admitted_request& request);

    asio::awaitable<void> preflight(admitted_request& request);
    asio::awaitable<void> post(const admitted_request& request);

    legacy_front& legacy_;
    vmcp::authenticator& auth_;
    const vmcp::published<front_settings>& settings_;
    front_counters& counters_;
};

} // namespace transport
