// URIs that backends mentioned to one client although they list them nowhere, and who did first.
#pragma once

#include "vmcp/model/client.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Not thread-safe: its session's lock guards it. Bounded: the first ones are remembered, and none that is long. A client
// that was told of a URI may come back with it at any time, so that none gives way to a later one.
class learned_uris {
public:
    static constexpr std::size_t max_learned = 128;
    static constexpr std::size_t max_learned_uri = 2048; // bytes

    // Gives whose it is: the backend that mentioned it first. Nothing: it is not remembered.
    std::optional<uri_owner> learn(std::string uri, std::string backend);
    // Its owner is gone: the next backend that mentions it counts as the first.
    void forget(std::string_view uri);
    [[nodiscard]] std::optional<uri_owner> owner_of(std::string_view uri) const;

private:
    std::map<std::string, uri_owner, std::less<>> known_{}; // by normal form
};

} // namespace vmcp
