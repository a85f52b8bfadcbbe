// Clients of the HTTP+SSE transport (MCP 2024-11-05, basic/transports, "HTTP with SSE"): one GET stays open and carries all
// that the gateway says, and each message of the client is a POST to the place that the first event names.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/sse_clients.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/service/gateway_description.hpp"
#include "vmcp/session/session_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace transport {

// What is at a path, while `listener.sse` is on.
enum class sse_place : std::uint8_t { stream, messages };
inline constexpr std::string_view sse_stream_path = "/sse";
inline constexpr std::string_view sse_messages_path = "/messages";
[[nodiscard]] constexpr std::optional<sse_place> sse_place_of(std::string_view path) noexcept {
    if (path == sse_stream_path)
        return sse_place::stream;
    if (path == sse_messages_path)
        return sse_place::messages;
    return std::nullopt;
}

class sse_front {
public:
    sse_front(vmcp::service& core, const vmcp::published<vmcp::snapshot>& current,
              vmcp::session_store& sessions, vmcp::admission& policy, front_counters& counters)
        : core_(core)
        , current_(current)
        , sessions_(sessions)
        , policy_(policy)
        , counters_(counters) {}

    // Before the body of a POST is read: false when it was refused, because no client of this caller is connected under the
    // id that its query names.
    asio::awaitable<bool> admit(const admitted_request& request);
    // A POST with a message of a client that is connected.
    asio::awaitable<void> post(const admitted_request& request);
    // GET.
    asio::awaitable<void> listen(const admitted_request& request);

private:
    using client_ptr = std::shared_ptr<sse_client>;

    asio::awaitable<client_ptr> client_of(const admitted_request& request);
    asio::awaitable<void> initialize(const admitted_request& request, const vmcp::message& m,
                                     const client_ptr& client);
    asio::awaitable<void> one_call(const admitted_request& request, const vmcp::message& m,
                                   const client_ptr& client, std::shared_ptr<vmcp::live_session> session);

    vmcp::service& core_;
    const vmcp::published<vmcp::snapshot>& current_;
    vmcp::session_store& sessions_;
    vmcp::admission& policy_;
    front_counters& counters_;
    sse_clients clients_{};
};

} // namespace transport
