// rateLimiting, as calls of tools meet it: which buckets a call draws from, what follows, and what is counted of it.
#pragma once

#include "vmcp/base/latency_histogram.hpp"
#include "vmcp/config/rate_limit_config.hpp"
#include "vmcp/model/caller.hpp"
#include "vmcp/model/rate_limiter.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace vmcp {

// The buckets of one call. Views of the configuration, the caller and the tool's name.
class call_draws {
public:
    call_draws(const rate_limit_config& limits, const identity& user, std::string_view tool);
    [[nodiscard]] std::span<const token_draw> all() const noexcept { return std::span(draws_).first(count_); }

private:
    void add(const std::optional<token_bucket_config>& size, std::string_view tool, const identity* user);

    std::array<token_draw, 4> draws_{};
    std::size_t count_ = 0;
};

// What a client is told whose call is refused.
[[nodiscard]] failure rate_limited(std::chrono::microseconds retry_after);

// By scope (of all callers, of one) and by what is limited (all tools, one).
struct rate_limit_counters {
    struct decisions {
        std::atomic<std::uint64_t> allowed{0};
        std::atomic<std::uint64_t> rejected{0};
    };
    std::array<std::array<decisions, 2>, 2> of{};
    std::atomic<std::uint64_t> failures{0}; // of the place where buckets are kept; such calls are let through
    latency_histogram checks{};
    [[nodiscard]] decisions& of_draw(const token_draw& draw) noexcept {
        return of[draw.user == nullptr ? 0 : 1][draw.tool.empty() ? 0 : 1];
    }
};

// Thread-safe.
class rate_limits {
public:
    // `buckets` outlives it.
    explicit rate_limits(rate_limiter& buckets) : buckets_(&buckets) {}
    // Before anything is checked: buckets are kept there from now on.
    void keep_in(rate_limiter& buckets) noexcept { buckets_ = &buckets; }

    // Fails with errc::rate_limited where the call is one too many. Where the buckets cannot be reached it is let through: a gateway
    // that stands still because its counters do would be the worse failure.
    [[nodiscard]] awaitable<result<void>> check(const rate_limit_config& limits, const caller& who,
                                                std::string_view tool);

    [[nodiscard]] const rate_limit_counters& counters() const noexcept { return counters_; }

private:
    void note(std::span<const token_draw> draws, const rate_decision& decision);
    void note_failure(const failure& why);

    rate_limiter* buckets_;
    rate_limit_counters counters_{};
    std::atomic<std::int64_t> may_warn_at_{0}; // of steady_clock
};

} // namespace vmcp
