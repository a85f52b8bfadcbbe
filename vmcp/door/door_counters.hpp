// How requests fared at the door, for metrics.
#pragma once

#include "auth/rejection.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vmcp {

inline constexpr std::size_t refusal_kinds = static_cast<std::size_t>(auth::refusal::unavailable) + 1;

// By auth::refusal; the words of the metric's label.
inline constexpr std::array<std::string_view, refusal_kinds> refusal_words{
    "no_credentials",     "invalid_request", "invalid_token", "insufficient_scope",
    "invalid_dpop_proof", "use_dpop_nonce",  "too_many",      "unavailable"};

// The keys of the issuer.
struct key_figures {
    std::chrono::seconds age{}; // since they were read; zero: there are none
    unsigned failures = 0;      // readings in a row that failed
};

struct door_counters {
    std::atomic<std::uint64_t> accepted{0};
    std::array<std::atomic<std::uint64_t>, refusal_kinds> refused{};
    std::atomic<std::uint64_t> signatures_right{0}; // that were checked
    std::atomic<std::uint64_t> signatures_wrong{0};
    std::atomic<std::uint64_t> refused_again{0}; // without a check, because they were wrong a moment ago
    std::atomic<std::uint64_t> spent_by_peer{0}; // not checked, because the budget was spent
    std::atomic<std::uint64_t> spent_by_worker{0};

    // `early`: the same request is judged again, and counted then.
    void accept(bool early) noexcept { accepted += early ? 0 : 1; }
    void refuse(auth::refusal why) noexcept { ++refused[static_cast<std::size_t>(why)]; }
};

} // namespace vmcp
