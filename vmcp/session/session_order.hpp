// In which order sessions make room for new ones: among all, among those of one address, and among those of one caller.
#pragma once

#include "vmcp/session/live_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

namespace vmcp {

class session_group;

// A session and its places in the groups that it belongs to.
struct session_entry {
    static constexpr std::size_t kinds = 3;
    std::shared_ptr<live_session> session{};
    std::array<session_group*, kinds> groups{}; // null: none of that kind; the first is that of all
    std::array<std::list<session_entry*>::iterator, kinds> places{};
    std::uint64_t network = 0; // as in session_record
    bool used = false;         // it stands among those that were used
};

// Sessions, those never used apart from the others, each part by when it was touched last. Not thread-safe.
class session_group {
public:
    session_group() = default;
    session_group(const session_group&) = delete;
    session_group& operator=(const session_group&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return unused_.size() + used_.size(); }

    // The longest untouched session that was never used and is not in use; null when there is none near the end.
    [[nodiscard]] session_entry* oldest_unused() const;
    // The same of those that were used.
    [[nodiscard]] session_entry* oldest_used() const;

    // Oldest first, those never used before the others.
    template <class Function>
    void for_each(Function&& visit) const {
        for (const auto* part : {&unused_, &used_})
            for (auto it = part->rbegin(); it != part->rend(); ++it)
                visit(**it);
    }
    // Oldest first in each part, as long as `visit` says true.
    template <class Function>
    void while_true(Function&& visit) const {
        for (const auto* part : {&unused_, &used_})
            for (auto it = part->rbegin(); it != part->rend() && visit(**it); ++it) {
            }
    }

    // These change all groups of an entry at once.
    static void join(session_entry& entry);
    static void leave(session_entry& entry);
    // `used`: it was not only touched.
    static void touch(session_entry& entry, bool used);

private:
    using part = std::list<session_entry*>; // the one touched last is the first
    [[nodiscard]] part& of(bool used) noexcept { return used ? used_ : unused_; }

    part unused_{};
    part used_{};
};

} // namespace vmcp
