// How requests fared at the door, for metrics.
#pragma once

#include "auth/rejection.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vmcp {

inline constexpr std::size_t refusal_kinds = static_cast<std::size_t>(auth::refusal::unavailable) + 1;

// By auth::refusal; the words of the metric's label.
inline constexpr std::array<std::string_view, refusal_kinds> refusal_words{
    "no_credentials",     "invalid_request", "invalid_token", "insufficient_scope",
    "invalid_dpop_proof", "use_dpop_nonce",  "policy_denied", "unavailable"};

struct door_counters {
    std::atomic<std::uint64_t> accepted{0};
    std::array<std::atomic<std::uint64_t>, refusal_kinds> refused{};

    // `early`: the same request is judged again, and counted then.
    void accept(bool early) noexcept { accepted += early ? 0 : 1; }
    void refuse(auth::refusal why) noexcept { ++refused[static_cast<std::size_t>(why)]; }
};

} // namespace vmcp
