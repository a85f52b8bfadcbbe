// Forms of secrets that come and go, thousands of them, found in a text without trying each: tokens have long fronts in
// common, so that what tells them apart stands far behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

// Thread-safe.
class secret_index {
public:
    // Of the forms that were taken out, the last `lingering` stay known: what carries them may still be under way.
    explicit secret_index(std::size_t lingering = 1024) : lingering_(lingering) {}

    // Forms of less than least_front bytes (secret_forms.hpp) are left out. Each may be added several times.
    void add(const std::vector<std::string>& forms);
    // As often as they were added.
    void remove(const std::vector<std::string>& forms);

    // `text` with each form replaced by "***", however it is written there: its characters all as they are, or each as itself or an
    // escape (first_written()). Its front also counts where the text ends within it, from `front` bytes on.
    [[nodiscard]] std::string strike(std::string_view text, std::size_t front) const;

    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::size_t longest() const; // of all that were added since it was empty
    [[nodiscard]] std::size_t size() const;

private:
    class reading;
    using ordered = std::multiset<std::string, std::less<>>;

    [[nodiscard]] std::size_t length_at(std::string_view text, std::size_t front) const;
    [[nodiscard]] std::size_t longest_front_of(std::string_view text) const;
    [[nodiscard]] bool is_front(std::string_view text) const;
    void drop(ordered::iterator form);

    const std::size_t lingering_;
    mutable std::shared_mutex mutex_{};
    ordered forms_{};
    std::deque<ordered::iterator> late_{}; // removed, still known; the oldest first
    std::unordered_map<std::uint32_t, std::size_t>
        starts_{}; // of the forms: their first bytes, and how many have them
    std::size_t longest_ = 0;
};

} // namespace vmcp
