// What an event tells of: how a status that was written differs from the one before it. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace vmcp {

// One event, which may be about several backends.
struct status_change {
    bool warning = false;
    std::string reason{}; // CamelCase
    std::string note{};   // one sentence
    friend bool operator==(const status_change&, const status_change&) = default;
};

inline constexpr std::size_t most_named = 5; // backends that a note names; the others it counts

// The phase first, then backends, one change for each way they went. What is unknown says nothing, so that a gateway which
// starts anew tells only what it finds out. Members are those of the CRD.
[[nodiscard]] std::vector<status_change> changes_between(const nlohmann::json& before,
                                                         const nlohmann::json& after);

} // namespace vmcp
