// What is kept of the lists of one backend after each reading, and what a reading lacked.
#pragma once

#include "vmcp/supervision/supervised_backend.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// Control thread only.
class kept_lists {
public:
    // Null before the first reading that succeeded at least in part.
    [[nodiscard]] const std::shared_ptr<const backend_lists>& lists() const noexcept { return lists_; }

    struct taken {
        bool complete = false; // nothing is missing that may come by asking again
        bool changed = false;  // lists() gives another value than before
        bool news = false;     // problem() is one that was not told before
        std::string unfit{};   // which entries do not fit the protocol's schema, when it was not told before
    };
    // A list that could not be read keeps what it had; a row in `dropped` says so.
    taken take(list_reading reading);
    // Nothing could be read. `url` is the backend's, for the words.
    taken take(const list_refusal& refusal, std::string_view url);

    // What the last reading lacked, and why; empty: nothing.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    // health::category_of that, when the reading failed as a whole; else empty.
    [[nodiscard]] const std::string& category() const noexcept { return category_; }
    // It failed as a whole, with HTTP 429.
    [[nodiscard]] bool throttled() const noexcept { return throttled_; }

private:
    // Fills the gap with what was there before. What the row in `dropped` says.
    std::string fill(backend_lists& fresh, const list_reading::gap& gap) const;

    std::shared_ptr<const backend_lists> lists_{};
    std::string problem_{};
    std::string category_{};
    std::string unfit_{}; // of lists_
    bool throttled_ = false;
};

} // namespace vmcp
