// What replicas tell one another over channels of the store. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

struct replica_message {
    enum class kind : std::uint8_t {
        ended,   // the session is over
        changed, // its record is another one
        said,    // its client sent `message`, which whoever waits for it is to take
    };

    kind what_for = kind::said;
    std::uint32_t from = 0; // the replica
    std::string session{};  // session_digest()
    std::string message{};  // of said: JSON
    friend bool operator==(const replica_message&, const replica_message&) = default;
};

// Longer ones are not told: what a subscriber reads is bounded.
inline constexpr std::size_t longest_message = std::size_t{2} << 20;

[[nodiscard]] std::string write_replica_message(const replica_message& m);
// Nothing: it is none, or of a version that is not known.
[[nodiscard]] std::optional<replica_message> read_replica_message(std::string_view text);

} // namespace vmcp
