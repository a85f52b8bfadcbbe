// sessionStorage as plain values: where client sessions are kept, and how the Redis that replicas share is reached.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace vmcp {

enum class session_provider : std::uint8_t { memory, redis };

struct session_storage_config {
    session_provider provider = session_provider::memory;
    std::string address{}; // HOST:PORT; of Redis, empty with sentinels
    std::uint32_t database = 0;
    std::string key_prefix = "thv:vmcp:session:"; // ends with ':'
    std::string username{};                       // of Redis' ACL; empty: the default user
    std::string password{};                       // a secret: never logged, never shown
    bool tls = false;
    std::string ca_bundle_path{};             // PEM; empty: the system's
    std::string ca_bundle{};                  // content of the file when the configuration was read
    std::vector<std::string> sentinels{};     // HOST:PORT of each; empty: none
    std::string sentinel_master{};            // the name that sentinels know it by
    std::string sentinel_password{};          // a secret: never logged, never shown
    std::chrono::milliseconds timeout{1'000}; // of one command, connecting included
    [[nodiscard]] bool shared() const noexcept { return provider == session_provider::redis; }
    friend bool operator==(const session_storage_config&, const session_storage_config&) = default;
};

} // namespace vmcp
