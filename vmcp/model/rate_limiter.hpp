// Where the token buckets of rateLimiting are kept: in this process, or where replicas share them.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vmcp {

// One bucket that a call takes a token from. It holds `max_tokens` at most, is full at first, and gets `max_tokens` within
// each `refill_period`, evenly. The bucket is known by tool and user; one that comes with another size than before is a new
// bucket. Views live until the answer is there.
struct token_draw {
    std::string_view tool{};                        // as clients see it; empty: the bucket of all tools
    const identity* user = nullptr;                 // null: the bucket of all callers together
    std::uint32_t max_tokens = 1;                   // 1 to 2^31 - 1
    std::chrono::milliseconds refill_period{1'000}; // more than 0
};

struct rate_decision {
    bool allowed = true;
    std::size_t refused_by = 0;               // the first draw that had no token; where it is not allowed
    std::chrono::microseconds retry_after{0}; // when each of the buckets would have one
};

// Thread-safe.
class rate_limiter {
public:
    virtual ~rate_limiter() = default;
    // Takes a token from each bucket, or none from any. A failure is that of the place where they are kept: nothing was
    // decided, and whoever asks decides what follows. There are four draws at most.
    [[nodiscard]] virtual awaitable<result<rate_decision>> take(std::span<const token_draw> from) = 0;
};

} // namespace vmcp
