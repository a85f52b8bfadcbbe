// The kinds of objects that backends are made of, and what is kept of each. Pure functions.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace vmcp {

// Kinds whose objects are backends, in the order in which they have a name (ToolHive looks them up so).
enum class workload_kind : std::uint8_t { server, remote_proxy, entry };
inline constexpr std::array all_workload_kinds{workload_kind::server, workload_kind::remote_proxy,
                                               workload_kind::entry};

// Kinds that backends refer to.
enum class referred_kind : std::uint8_t { auth_config, tool_config, secret, config_map };

struct object_ref {
    referred_kind kind = referred_kind::secret;
    std::string name{};
    friend auto operator<=>(const object_ref&, const object_ref&) = default;
};

// "MCPServer", as people know it.
[[nodiscard]] std::string_view name_of(workload_kind kind) noexcept;
[[nodiscard]] std::string_view name_of(referred_kind kind) noexcept;

// Where the objects of a kind in a namespace are, for the API server.
[[nodiscard]] std::string collection_of(workload_kind kind, std::string_view name_space);
[[nodiscard]] std::string collection_of(referred_kind kind, std::string_view name_space);

// What is kept of an object, of its whole text: what definitions are made of, and nothing that changes without them. Canonical
// JSON; "{}" where it is no JSON.
[[nodiscard]] std::string kept_of_workload(std::string_view object);
[[nodiscard]] std::string kept_of(referred_kind kind, std::string_view object);

} // namespace vmcp
