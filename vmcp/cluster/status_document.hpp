// What a VirtualMCPServer's status says of a gateway: made of what supervision knows, and of what stands there already. Pure.
//
// It is shared with others: an operator writes `url`, the `*ConfigHash`es and conditions of its own there, which are left as
// they are (ToolHive's CRD, version v1beta1).
#pragma once

#include "health/status.hpp"
#include "vmcp/base/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vmcp {

// A VirtualMCPServer, as its API server gave it.
struct stored_server {
    std::string name{};
    std::string name_space{};
    std::string uid{};
    std::string api_version{};
    std::string resource_version{}; // opaque: only equal or not
    std::int64_t generation = 0;
    nlohmann::json status = nlohmann::json::object();
};

// Fails with errc::io when that is no such object.
[[nodiscard]] result<stored_server> read_stored_server(std::string_view body);

// What is told of the gateway.
struct status_facts {
    const health::overview& seen;
    health::wall_time now{};
    // The MCPExternalAuthConfig that a backend's credentials are from; "": none. An empty function: nobody knows any.
    std::function<std::string(std::string_view backend)> auth_config_of{};
};

// An object of the API server holds 1.5 MiB. More backends than this are not listed, and `message` says so; what is said of
// each becomes shorter where there are many.
inline constexpr std::size_t most_listed_backends = 1'000;
inline constexpr std::size_t longest_backend_message = 300;
inline constexpr std::size_t longest_of_many = 100;
inline constexpr std::size_t many_backends = 100;

// The members that are ours, as they are to stand there, and all conditions: foreign ones as they were. A condition's
// lastTransitionTime is what it was unless its status differs.
[[nodiscard]] nlohmann::json wanted_status(const stored_server& stored, const status_facts& facts);

// Nothing of `wanted` reads differently there: what is absent is as good as what is empty or 0. Times of checks count where
// they differ by `check_age` or more; failures in a row where there are some and were none, or the reverse.
[[nodiscard]] bool says_the_same(const nlohmann::json& stored, const nlohmann::json& wanted,
                                 std::chrono::milliseconds check_age);

// The body of a merge patch (RFC 7396) of the status, which fails with 409 when somebody wrote in between.
[[nodiscard]] std::string status_patch(const stored_server& stored, const nlohmann::json& wanted);

// "2026-03-19T08:15:30Z", as Kubernetes writes times.
[[nodiscard]] std::string kubernetes_time(health::wall_time time);
// "2026-03-19T08:15:30.123456Z", as it writes those of leases and events.
[[nodiscard]] std::string kubernetes_micro_time(health::wall_time time);

} // namespace vmcp
