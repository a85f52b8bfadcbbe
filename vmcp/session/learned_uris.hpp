// URIs that backends mentioned to one client although they list them nowhere, and who did first.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vmcp {

// Not thread-safe: its session's lock guards it. Bounded: the last ones are remembered, and none that is long.
class learned_uris {
public:
    static constexpr std::size_t max_learned = 128;
    static constexpr std::size_t max_learned_uri = 2048; // bytes

    // Gives whose it is: the backend that mentioned it first, as far as is remembered.
    std::string learn(std::string uri, std::string backend);
    // Its owner is gone: the next backend that mentions it counts as the first.
    void forget(std::string_view uri);
    [[nodiscard]] std::optional<std::string> owner_of(std::string_view uri) const;

private:
    using entry = std::pair<std::string, std::string>;
    std::deque<entry> known_{}; // the latest first
};

} // namespace vmcp
