// Token buckets that replicas share, in Redis: one script takes a token from each of some buckets, or from none. Buckets and
// their fields are those of ToolHive's rate limiter, so that both may count into the same ones.
#pragma once

#include "transport/redis/redis_commands.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace transport {

// A bucket: `tokens` at most, and as many again in each `period`.
struct shared_bucket {
    std::string key{};
    std::uint64_t tokens = 1;
    std::chrono::milliseconds period{1'000};
};

struct bucket_verdict {
    std::optional<std::size_t> empty{}; // the first bucket that had no token; nothing: all gave one
    std::chrono::microseconds wait{0};  // until each of them has one
};

// The time is that of the server: clocks of replicas differ. On a failure (errc::io) nothing is known of the buckets.
[[nodiscard]] vmcp::awaitable<vmcp::result<bucket_verdict>> take_tokens(redis_commands& redis,
                                                                        std::vector<shared_bucket> buckets);

// ---- for tests

[[nodiscard]] const std::string& bucket_script();
[[nodiscard]] const std::string& bucket_script_sha1();
// EVALSHA with these buckets, or EVAL.
[[nodiscard]] redis_command bucket_command(const std::vector<shared_bucket>& buckets, bool by_digest);
[[nodiscard]] vmcp::result<bucket_verdict> verdict_in(const resp_value& reply, std::size_t buckets);

} // namespace transport
