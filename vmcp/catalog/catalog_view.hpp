// What some callers see of a catalog: the lists without the entries that they may not use.
#pragma once

#include "vmcp/catalog/catalog.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace vmcp {

// Which entries are shown, by list_kind and their place (catalog::entry).
using shown_entries = std::array<std::vector<bool>, all_list_kinds.size()>;

// Immutable.
class catalog_view {
public:
    // Everything.
    explicit catalog_view(std::shared_ptr<const catalog> whole) : whole_(std::move(whole)) {}
    catalog_view(std::shared_ptr<const catalog> whole, const shown_entries& shown);

    [[nodiscard]] const rendered_list& list(list_kind kind,
                                            list_revision revision = usual_revision) const noexcept {
        if (!part_)
            return whole_->list(kind, revision);
        const auto& of_kind = (*part_)[static_cast<std::size_t>(kind)];
        const auto& revised = of_kind.revised[static_cast<std::size_t>(revision)];
        return revised ? *revised : of_kind.usual;
    }
    // Of the catalog's own lists beside it.
    [[nodiscard]] std::size_t bytes() const noexcept;

private:
    struct part_of_list {
        rendered_list usual{};
        // By list_revision; null: clients of it see the same.
        std::array<std::unique_ptr<const rendered_list>, all_list_revisions.size()> revised{};
    };
    using lists = std::array<part_of_list, all_list_kinds.size()>;
    std::shared_ptr<const catalog> whole_;
    std::unique_ptr<const lists> part_{}; // null: everything
};

// The notifications/*/list_changed that are due when `after` takes the place of `before`: bits of changed_lists
// (vmcp/model/client.hpp).
[[nodiscard]] unsigned changed_between(const catalog_view& before, const catalog_view& after);

} // namespace vmcp
