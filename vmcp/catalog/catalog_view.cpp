#include "vmcp/catalog/catalog_view.hpp"

#include "vmcp/model/client.hpp"

namespace vmcp {

catalog_view::catalog_view(std::shared_ptr<const catalog> whole, const shown_entries& shown)
    : whole_(std::move(whole)) {
    auto made = std::make_unique<lists>();
    for (const auto kind : all_list_kinds) {
        const auto i = static_cast<std::size_t>(kind);
        (*made)[i] = whole_->list(kind).filtered(shown[i]);
    }
    part_ = std::move(made);
}

std::size_t catalog_view::bytes() const noexcept {
    std::size_t sum = sizeof(*this);
    if (part_)
        for (const auto& list : *part_)
            sum += list.bytes();
    return sum;
}

unsigned changed_between(const catalog_view& before, const catalog_view& after) {
    const auto differs = [&](list_kind kind) {
        return before.list(kind).fingerprint() != after.list(kind).fingerprint();
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
