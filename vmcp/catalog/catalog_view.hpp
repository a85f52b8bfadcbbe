// What some callers see of a catalog: the lists without the entries that they may not use.
#pragma once

#include "vmcp/catalog/catalog.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace vmcp {

// Which entries of catalog::visible(kind) are shown, by list_kind.
using shown_entries = std::array<std::vector<bool>, all_list_kinds.size()>;

// Immutable.
class catalog_view {
public:
    // Everything.
    explicit catalog_view(std::shared_ptr<const catalog> whole) : whole_(std::move(whole)) {}
    catalog_view(std::shared_ptr<const catalog> whole, const shown_entries& shown);

    [[nodiscard]] const rendered_list& list(list_kind kind) const noexcept {
        return part_ ? (*part_)[static_cast<std::size_t>(kind)] : whole_->list(kind);
    }
    // Of the catalog's own lists beside it.
    [[nodiscard]] std::size_t bytes() const noexcept;

private:
    using lists = std::array<rendered_list, all_list_kinds.size()>;
    std::shared_ptr<const catalog> whole_;
    std::unique_ptr<const lists> part_{}; // null: everything
};

// The notifications/*/list_changed that are due when `after` takes the place of `before`: bits of changed_lists
// (vmcp/model/client.hpp).
[[nodiscard]] unsigned changed_between(const catalog_view& before, const catalog_view& after);

} // namespace vmcp
