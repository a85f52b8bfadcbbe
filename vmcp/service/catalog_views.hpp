// The views of one catalog that callers of different policy classes have: made when one of them first lists something,
// kept for the others.
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/catalog/catalog_view.hpp"
#include "vmcp/model/admission.hpp"
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

// Thread-safe.
class catalog_views {
public:
    // Of at most `max_bytes` together, and as `memory`, which may be null, has room for; the least recently used goes first.
    explicit catalog_views(std::shared_ptr<const catalog> catalog, memory_ledger* memory = nullptr,
                           std::size_t max_bytes = std::size_t{64} << 20);

    [[nodiscard]] const std::shared_ptr<const catalog_view>& whole() const noexcept { return whole_; }

    // What `who` sees by `policy`. Callers of one class that ask at the same time may each have it made.
    [[nodiscard]] awaitable<std::shared_ptr<const catalog_view>> view_for(std::shared_ptr<const caller> who,
                                                                          admission& policy);

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

private:
    [[nodiscard]] std::shared_ptr<const catalog_view> find(std::string_view policy_class);
    void keep(kept made);

    const std::shared_ptr<const catalog> catalog_;
    const std::shared_ptr<const catalog_view> whole_;
    const std::size_t max_bytes_;
    mutable std::mutex mutex_{};
    std::list<kept> kept_{}; // most recently used first
    std::size_t bytes_ = 0;
    memory_claim memory_; // of kept_
    bool incomplete_ = false;
};

} // namespace vmcp
