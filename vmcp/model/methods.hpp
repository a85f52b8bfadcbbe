// The methods of MCP that the gateway knows by name, in one table (MCP schema: ClientRequest, ServerRequest,
// ClientNotification, ServerNotification).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace vmcp {

enum class sender : std::uint8_t { client, server, both };

struct known_method {
    std::string_view name;
    sender from;
    bool request;
};

inline constexpr std::array<known_method, 30> known_methods{{
    {"tools/call", sender::client, true},
    {"tools/list", sender::client, true},
    {"resources/read", sender::client, true},
    {"resources/list", sender::client, true},
    {"resources/templates/list", sender::client, true},
    {"prompts/get", sender::client, true},
    {"prompts/list", sender::client, true},
    {"completion/complete", sender::client, true},
    {"logging/setLevel", sender::client, true},
    {"resources/subscribe", sender::client, true},
    {"ping", sender::both, true},
    {"initialize", sender::client, true},
    {"resources/unsubscribe", sender::client, true},
    {"server/discover", sender::client, true},
    {"subscriptions/listen", sender::client, true},
    {"sampling/createMessage", sender::server, true},
    {"elicitation/create", sender::server, true},
    {"roots/list", sender::server, true},
    {"notifications/initialized", sender::client, false},
    {"notifications/cancelled", sender::both, false},
    {"notifications/progress", sender::both, false},
    {"notifications/message", sender::server, false},
    {"notifications/roots/list_changed", sender::client, false},
    {"notifications/tools/list_changed", sender::server, false},
    {"notifications/prompts/list_changed", sender::server, false},
    {"notifications/resources/list_changed", sender::server, false},
    {"notifications/resources/updated", sender::server, false},
    {"notifications/elicitation/complete", sender::server, false},
    {"notifications/tasks/status", sender::both, false},
    {"notifications/subscriptions/acknowledged", sender::server, false},
}};

[[nodiscard]] constexpr bool is_client_request(const known_method& m) noexcept {
    return m.request && m.from != sender::server;
}

inline constexpr std::size_t client_request_count =
    static_cast<std::size_t>(std::ranges::count_if(known_methods, is_client_request));

// The requests of clients, in the order of the table.
inline constexpr auto client_requests = [] {
    std::array<std::string_view, client_request_count> out{};
    std::size_t n = 0;
    for (const auto& m : known_methods)
        if (is_client_request(m))
            out[n++] = m.name;
    return out;
}();

} // namespace vmcp
