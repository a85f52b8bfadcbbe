#include "vmcp/service/list_changes.hpp"

#include <algorithm>

namespace vmcp {

bool list_changes::any() const {
    return for_all_seers != 0 ||
           std::ranges::any_of(by_class, [](const auto& one) { return one.second != 0; });
}

awaitable<list_changes> changes_between(std::shared_ptr<const snapshot> before,
                                        std::shared_ptr<const snapshot> after, admission& policy) {
    list_changes out{.for_all_seers = changed_between(*before->views->whole(), *after->views->whole())};
    if (before->views->incomplete())
        out.otherwise = out.for_all_seers;
    for (const auto& kept : before->views->all()) {
        const auto view = co_await after->views->view_here(kept.example, policy);
        out.by_class[kept.policy_class] |= changed_between(*kept.view, *view);
    }
    co_return out;
}

} // namespace vmcp
