// Remembers what must not come twice, for as long as it would be believed.
#pragma once

#include "auth/digest.hpp"
#include "auth/time.hpp"

#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace auth {

enum class seen : std::uint8_t {
    first, // and remembered from now on
    again,
    full, // it cannot be remembered
};

// Thread-safe. Put only what is genuine in it: an entry takes about 100 bytes, and only those who hold a
// valid token should be able to fill it.
class replay_cache {
public:
    explicit replay_cache(std::size_t max_entries = 100'000) : max_entries_(max_entries) {}

    // `full` is to be refused with refusal::unavailable: forgetting another one to make room would let that
    // one come twice.
    [[nodiscard]] seen note(const sha256_digest& id, milliseconds keep_for, steady_time now);

    [[nodiscard]] std::size_t size() const;

private:
    struct ending {
        steady_time at{};
        sha256_digest id{};
    };
    static bool later(const ending& a, const ending& b) noexcept { return a.at > b.at; }

    std::size_t max_entries_;
    mutable std::mutex lock_{};
    std::unordered_set<sha256_digest, digest_hash> ids_{};
    std::vector<ending> endings_{}; // a heap, the next to end first
};

} // namespace auth
