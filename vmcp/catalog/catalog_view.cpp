#include "vmcp/catalog/catalog_view.hpp"

#include "vmcp/model/client.hpp"

#include <algorithm>

namespace vmcp {

catalog_view::catalog_view(std::shared_ptr<const catalog> whole, const shown_entries& shown)
    : whole_(std::move(whole)) {
    auto made = std::make_unique<lists>();
    for (const auto kind : all_list_kinds) {
        const auto i = static_cast<std::size_t>(kind);
        auto& part = (*made)[i];
        part.usual = whole_->list(kind).filtered(shown[i]);
        for (const auto revision : all_list_revisions)
            if (whole_->differs(kind, revision))
                part.revised[static_cast<std::size_t>(revision)] = std::make_unique<const rendered_list>(
                    part.usual.of_other(whole_->texts(kind, revision, shown[i])));
    }
    part_ = std::move(made);
}

std::size_t catalog_view::bytes() const noexcept {
    std::size_t sum = sizeof(*this);
    if (part_)
        for (const auto& of_kind : *part_) {
            sum += of_kind.usual.bytes();
            for (const auto& list : of_kind.revised)
                sum += list ? list->bytes() : 0;
        }
    return sum;
}

unsigned changed_between(const catalog_view& before, const catalog_view& after) {
    const auto differs = [&](list_kind kind) {
        return std::ranges::any_of(all_list_revisions, [&](list_revision revision) {
            return before.list(kind, revision).fingerprint() != after.list(kind, revision).fingerprint();
        });
    };
    unsigned kinds = 0;
    if (differs(list_kind::tools))
        kinds |= tools_changed;
    if (differs(list_kind::prompts))
        kinds |= prompts_changed;
    if (differs(list_kind::resources) || differs(list_kind::templates))
        kinds |= resources_changed;
    return kinds;
}

} // namespace vmcp
