// The views of one catalog that callers of different policy classes have: made when one of them first lists something,
// kept for the others.
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/catalog/catalog_view.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/aside.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// With so many entries it takes some milliseconds to merge them, or to decide about each.
inline constexpr std::size_t entries_done_at_once = 5'000;
// Of all kinds.
[[nodiscard]] std::size_t entries_in(const catalog& catalog) noexcept;

// Thread-safe.
class catalog_views {
public:
    static constexpr std::size_t usual_bytes = std::size_t{64} << 20;

    // Of at most `max_bytes` together, and as `memory`, which may be null, has room for; the least recently used goes first.
    // Those of many entries are made on `aside`, which may be empty.
    explicit catalog_views(std::shared_ptr<const catalog> catalog, memory_ledger* memory = nullptr,
                           std::size_t max_bytes = usual_bytes, aside_runner aside = {});

    [[nodiscard]] const std::shared_ptr<const catalog_view>& whole() const noexcept { return whole_; }

    using view_ptr = std::shared_ptr<const catalog_view>;
    // What `who` sees by `policy`. Callers of one class that ask at the same time may each have it made.
    [[nodiscard]] awaitable<view_ptr> view_for(std::shared_ptr<const caller> who, admission& policy);
    // The same on this thread, however long it takes.
    [[nodiscard]] awaitable<view_ptr> view_here(std::shared_ptr<const caller> who, admission& policy);

    // A view that is kept: whose it is, and one caller of that class.
    struct kept {
        std::string policy_class{};
        std::shared_ptr<const caller> example{};
        std::shared_ptr<const catalog_view> view{};
    };
    [[nodiscard]] std::vector<kept> all() const;
    // Some were made and are not kept: there are callers of other classes than those of all().
    [[nodiscard]] bool incomplete() const;

    [[nodiscard]] memory_ledger* memory() const noexcept { return memory_.ledger(); }
    [[nodiscard]] const aside_runner& aside() const noexcept { return aside_; }

private:
    [[nodiscard]] view_ptr find(std::string_view policy_class);
    void keep(kept made);

    const std::shared_ptr<const catalog> catalog_;
    const std::shared_ptr<const catalog_view> whole_;
    const std::size_t max_bytes_;
    const aside_runner aside_;
    mutable std::mutex mutex_{};
    std::list<kept> kept_{}; // most recently used first
    std::size_t bytes_ = 0;
    memory_claim memory_; // of kept_
    bool incomplete_ = false;
};

} // namespace vmcp
