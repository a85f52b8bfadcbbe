// The last warnings and errors of the log, for the status page: who looks there need not find the log first.
#pragma once

#include "health/moment.hpp"
#include "vmcp/base/log.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Thread-safe. The oldest of more than `most` are forgotten.
class recent_lines {
public:
    explicit recent_lines(std::size_t most = 50) : most_(most) {}

    struct line {
        health::wall_time when{}; // last
        log::level level = log::level::warn;
        std::string text{};
        std::size_t times = 1; // in a row
        friend bool operator==(const line&, const line&) = default;
    };
    // Takes warnings and errors, cut, printable, and without what the process knows to be a secret.
    void add(log::level level, std::string_view text, health::wall_time now);
    [[nodiscard]] std::vector<line> newest_first() const;

private:
    const std::size_t most_;
    mutable std::mutex mutex_{};
    std::deque<line> lines_{}; // newest first
};

} // namespace vmcp
