// The MCP endpoint: what holds for every revision is checked here, once and in one order; then the front of the
// revision that the request speaks takes over.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/http/via_chain.hpp"
#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/legacy_front.hpp"
#include "transport/mcp/front/modern_front.hpp"
#include "transport/mcp/front/request_id.hpp"
#include "transport/mcp/front/sse_front.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/authenticator.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace transport {

// The paths that it serves; the first is the one that people are told of.
inline constexpr std::array<std::string_view, 5> endpoint_paths{"/mcp", "/mcp/", "/", sse_stream_path,
                                                                sse_messages_path};

class endpoint final : public http_handler {
public:
    // `records` may be null.
    endpoint(legacy_front& legacy, modern_front& modern, sse_front& sse, vmcp::authenticator& auth,
             via_chain& via, const vmcp::published<front_settings>& settings, front_counters& counters,
             vmcp::audit_sink* records = nullptr)
        : legacy_(legacy)
        , modern_(modern)
        , sse_(sse)
        , auth_(auth)
        , via_(via)
        , settings_(settings)
        , counters_(counters)
        , records_(records)
        , ids_(via.instance()) {}

    asio::awaitable<void> handle(http_request& request) override;
    // Whom handle() would turn away whatever the body is, is turned away: by Host and Origin, caller, method, version,
    // media types and session.
    asio::awaitable<bool> admit(http_request& request) override;

private:
    // Each gives false, after it has answered the request itself, when that may not go on.
    asio::awaitable<bool> check_place(admitted_request& request);
    asio::awaitable<bool> check_origin(admitted_request& request);
    asio::awaitable<bool> authenticate(admitted_request& request, bool early = false);
    asio::awaitable<bool> check_fields(admitted_request& request);

    asio::awaitable<bool> judge_early(admitted_request& request);

    [[nodiscard]] static std::optional<vmcp::failure> media_problem(const admitted_request& request);
    [[nodiscard]] std::optional<vmcp::failure> problem_of(admitted_request& request);
    asio::awaitable<bool> check_version(admitted_request& request);
    asio::awaitable<void> preflight(admitted_request& request);
    asio::awaitable<void> post(admitted_request& request);
    asio::awaitable<void> serve_sse(admitted_request& request, sse_place place);

    legacy_front& legacy_;
    modern_front& modern_;
    sse_front& sse_;
    vmcp::authenticator& auth_;
    via_chain& via_;
    const vmcp::published<front_settings>& settings_;
    front_counters& counters_;
    vmcp::audit_sink* records_; // null: nothing is recorded
    request_ids ids_;
};

} // namespace transport
