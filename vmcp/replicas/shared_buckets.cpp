#include "vmcp/replicas/shared_buckets.hpp"

#include "vmcp/replicas/stored_session.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

shared_buckets::shared_buckets(transport::redis_commands& redis, std::string_view space,
                               std::string_view name)
    : redis_(redis)
    , prefix_(fmt::format("thv:rl:{{{}:{}}}:", space, name)) {
}

std::string shared_buckets::key_of(const token_draw& draw) const {
    if (draw.user == nullptr)
        return prefix_ + (draw.tool.empty() ? "shared" : fmt::format("shared:tool:{}", draw.tool));
    const auto id = owner_digest(*draw.user);
    return prefix_ + (draw.tool.empty() ? "user:" + id : fmt::format("user-tool:{}:{}", draw.tool, id));
}

awaitable<result<rate_decision>> shared_buckets::take(std::span<const token_draw> from) {
    std::vector<transport::shared_bucket> buckets;
    buckets.reserve(from.size());
    for (const auto& draw : from)
        buckets.push_back({.key = key_of(draw), .tokens = draw.max_tokens, .period = draw.refill_period});
    const auto verdict = co_await transport::take_tokens(redis_, std::move(buckets));
    if (!verdict)
        co_return verdict.error();
    co_return rate_decision{
        .allowed = !verdict->empty, .refused_by = verdict->empty.value_or(0), .retry_after = verdict->wait};
}

} // namespace vmcp
