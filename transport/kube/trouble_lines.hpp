// Which troubles of a list are lines in the log. No I/O, no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace kube {

// What all lists of a cluster may say together: in an outage they all have the same to say.
class line_allowance {
public:
    [[nodiscard]] bool take(std::chrono::steady_clock::time_point now) {
        if (!began_ || now - *began_ >= window) {
            began_ = now;
            left_ = most;
        }
        if (left_ == 0)
            return false;
        --left_;
        return true;
    }

    static constexpr std::chrono::seconds window{60};
    static constexpr unsigned most = 10; // in each of them

private:
    std::optional<std::chrono::steady_clock::time_point> began_{};
    unsigned left_ = 0;
};

// Of one list: when trouble begins and when its reason changes, but once a minute at most, and the end of what was said.
class trouble_lines {
public:
    enum class line : std::uint8_t { none, trouble, over };

    explicit trouble_lines(std::shared_ptr<line_allowance> shared) : shared_(std::move(shared)) {}

    // `problem` is the one there is now; empty: none. To be asked whenever it may have changed.
    [[nodiscard]] line next(const std::string& problem, std::chrono::steady_clock::time_point now) {
        if (problem == said_)
            return line::none;
        if (problem.empty()) {
            said_.clear();
            return line::over;
        }
        const bool too_soon = last_ && now - *last_ < spacing;
        if (too_soon || (shared_ && !shared_->take(now)))
            return line::none; // said later, if it lasts
        last_ = now;
        said_ = problem;
        return line::trouble;
    }

    static constexpr std::chrono::seconds spacing{60};

private:
    const std::shared_ptr<line_allowance> shared_; // null: no bound but the list's own
    std::string said_{};                           // and not over yet
    std::optional<std::chrono::steady_clock::time_point> last_{};
};

} // namespace kube
