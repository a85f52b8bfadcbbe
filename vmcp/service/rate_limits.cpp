#include "vmcp/service/rate_limits.hpp"

#include "vmcp/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

// Numbers the threads that check, so that they count in different places.
unsigned thread_number() noexcept {
    static std::atomic<unsigned> next{0};
    thread_local const unsigned own = next.fetch_add(1, std::memory_order_relaxed);
    return own;
}

} // namespace

call_draws::call_draws(const rate_limit_config& limits, const identity& user, std::string_view tool) {
    const auto own = std::ranges::find(limits.tools, tool, &tool_rate_limit::name);
    add(limits.shared, {}, nullptr);
    if (own != limits.tools.end())
        add(own->shared, tool, nullptr);
    add(limits.per_user, {}, &user);
    if (own != limits.tools.end())
        add(own->per_user, tool, &user);
}

void call_draws::add(const std::optional<token_bucket_config>& size, std::string_view tool,
                     const identity* user) {
    if (size)
        draws_[count_++] = {
            .tool = tool, .user = user, .max_tokens = size->max_tokens, .refill_period = size->refill_period};
}

failure rate_limited(std::chrono::microseconds retry_after) {
    const auto seconds =
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(retry_after).count());
    auto why = fail(errc::rate_limited, fmt::format("try again in {} s", seconds));
    why.data = fmt::format(R"({{"retryAfterSeconds":{}}})", seconds);
    return why;
}

awaitable<result<void>> rate_limits::check(const rate_limit_config& limits, const caller& who,
                                           std::string_view tool) {
    const call_draws draws(limits, who.who, tool);
    if (draws.all().empty())
        co_return result<void>();
    const auto began = steady_clock::now();
    const auto decision = co_await buckets_->take(draws.all());
    counters_.checks.record(thread_number(), steady_clock::now() - began);
    if (!decision) {
        if (decision.error().code == errc::cancelled)
            co_return decision.error();
        note_failure(decision.error());
        co_return result<void>();
    }
    note(draws.all(), *decision);
    if (!decision->allowed)
        co_return rate_limited(decision->retry_after);
    co_return result<void>();
}

void rate_limits::note(std::span<const token_draw> draws, const rate_decision& decision) {
    if (!decision.allowed) {
        counters_.of_draw(draws[std::min(decision.refused_by, draws.size() - 1)])
            .rejected.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    for (const auto& each : draws)
        counters_.of_draw(each).allowed.fetch_add(1, std::memory_order_relaxed);
}

void rate_limits::note_failure(const failure& why) {
    constexpr std::chrono::seconds between_warnings{30};
    counters_.failures.fetch_add(1, std::memory_order_relaxed);
    const auto now = steady_clock::now();
    auto may = may_warn_at_.load();
    if (now.time_since_epoch().count() < may ||
        !may_warn_at_.compare_exchange_strong(may, (now + between_warnings).time_since_epoch().count()))
        return;
    log::warn("rateLimiting: limits cannot be checked, and calls are let through: {}", why.message());
}

} // namespace vmcp
