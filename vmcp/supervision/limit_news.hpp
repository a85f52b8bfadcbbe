// What the log is told when rateLimiting names tools that nobody has.
#pragma once

#include "vmcp/service/snapshot.hpp"
#include "vmcp/supervision/offering.hpp"

#include <set>
#include <string>

namespace vmcp {

// Tools that are limited and that no client can call, as far as that is known: while nothing is known of one backend, any
// tool may be its.
struct limit_news {
    bool known = false;
    std::set<std::string> nobody_has{};

    // The line about those that are not in `told`, which becomes what is told now; empty: there are none.
    [[nodiscard]] std::string line(std::set<std::string>& told) const;
};

// Pure.
[[nodiscard]] limit_news look_at_limits(const offering& from, const snapshot& made);

} // namespace vmcp
