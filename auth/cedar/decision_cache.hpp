// Remembers which entries of a list a caller may see, so that a list that is asked for again costs no decisions.
#pragma once

#include "auth/cedar/cedar_model.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace auth {

// Everything that decisions on a whole list depend on, without loss: callers whose keys are equal see the same.
// `policies` is policy_set::version(), `entries` a number that differs between any two lists of entries.
[[nodiscard]] std::string decision_key(std::uint64_t policies, std::uint64_t entries,
                                       cedar_operation operation, const cedar_caller& caller);

// Bounded: what was not used for longest goes first. Thread-safe. Entries do not age: a key has all they depend on,
// and what belongs to replaced policies or lists is not asked for any more.
class decision_cache {
public:
    using verdicts = std::shared_ptr<const std::vector<bool>>;

    // `max_bytes` bounds keys, verdicts and an estimate of what surrounds them; 0 keeps nothing.
    explicit decision_cache(std::size_t max_bytes) : shard_bytes_(max_bytes / shard_count) {}

    // The verdicts, or null.
    [[nodiscard]] verdicts find(const std::string& key);
    // Does nothing when there are verdicts for the key, or when they are too large for a bound.
    void put(std::string key, verdicts decided);

    [[nodiscard]] std::size_t bytes() const;

private:
    struct entry {
        std::string key{};
        verdicts what{};
        std::size_t bytes = 0;
    };
    // Views of the entries' keys, which stay where they are.
    struct shard {
        mutable std::mutex mutex{};
        std::list<entry> entries{}; // the one that was used last is first
        std::unordered_map<std::string_view, std::list<entry>::iterator> index{};
        std::size_t bytes = 0;
    };
    static constexpr std::size_t shard_count = 16;

    [[nodiscard]] shard& shard_of(std::string_view key) noexcept {
        return shards_[std::hash<std::string_view>{}(key) % shard_count];
    }

    std::size_t shard_bytes_;
    std::array<shard, shard_count> shards_{};
};

} // namespace auth
