// Token buckets of rateLimiting that replicas share: in Redis, under the names that ToolHive gives them.
#pragma once

#include "transport/redis/bucket_script.hpp"
#include "transport/redis/redis_commands.hpp"
#include "vmcp/model/rate_limiter.hpp"

#include <span>
#include <string>
#include <vector>

namespace vmcp {

class shared_buckets final : public rate_limiter {
public:
    // `redis` outlives it. `space` and `name` are those of the gateway: all replicas of it have the same.
    shared_buckets(transport::redis_commands& redis, std::string_view space, std::string_view name);

    // One round trip, whatever the number of draws. Fails with errc::io.
    awaitable<result<rate_decision>> take(std::span<const token_draw> from) override;

    // For tests. `thv:rl:{SPACE:NAME}:` and "shared", "shared:tool:TOOL", "user:ID" or "user-tool:TOOL:ID". The braces keep all
    // buckets of a gateway on one node of a cluster; ID is a digest, as no user is to be named at rest.
    [[nodiscard]] std::string key_of(const token_draw& draw) const;

private:
    transport::redis_commands& redis_;
    const std::string prefix_;
};

} // namespace vmcp
