// rateLimiting as plain values: how many tool calls are let through, for all, for each user, for each tool.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

// A token bucket: holds at most `max_tokens`, and gets as many within each `refill_period`, evenly.
struct token_bucket_config {
    std::uint32_t max_tokens = 1;
    std::chrono::milliseconds refill_period{1'000};
    friend bool operator==(const token_bucket_config&, const token_bucket_config&) = default;
};

struct tool_rate_limit {
    std::string name{}; // as clients see it
    std::optional<token_bucket_config> shared{};
    std::optional<token_bucket_config> per_user{};
    friend bool operator==(const tool_rate_limit&, const tool_rate_limit&) = default;
};

struct rate_limit_config {
    std::optional<token_bucket_config> shared{};   // of all callers together
    std::optional<token_bucket_config> per_user{}; // of each authenticated caller
    std::vector<tool_rate_limit> tools{};          // besides those above; names are unique
    [[nodiscard]] bool enabled() const noexcept { return shared || per_user || !tools.empty(); }
    friend bool operator==(const rate_limit_config&, const rate_limit_config&) = default;
};

} // namespace vmcp
