#include "vmcp/service/catalog_views.hpp"

#include "vmcp/service/things.hpp"

#include <algorithm>

namespace vmcp {

catalog_views::catalog_views(std::shared_ptr<const catalog> catalog, memory_ledger* memory,
                             std::size_t max_bytes)
    : catalog_(std::move(catalog))
    , whole_(std::make_shared<const catalog_view>(catalog_))
    , max_bytes_(max_bytes)
    , memory_(memory, memory_class::catalog) {
}

awaitable<std::shared_ptr<const catalog_view>> catalog_views::view_for(std::shared_ptr<const caller> who,
                                                                       admission& policy) {
    if (policy.allows_all(*who))
        co_return whole_;
    auto policy_class = policy.policy_class(*who);
    if (auto known = find(policy_class))
        co_return known;
    shown_entries shown;
    for (const auto kind : all_list_kinds)
        shown[static_cast<std::size_t>(kind)] =
            co_await policy.decide_many(*who, use_of(kind), things_of(*catalog_, kind));
    auto made = std::make_shared<const catalog_view>(catalog_, shown);
    keep({std::move(policy_class), std::move(who), made});
    co_return made;
}

std::shared_ptr<const catalog_view> catalog_views::find(std::string_view policy_class) {
    const std::lock_guard lock(mutex_);
    const auto it = std::ranges::find(kept_, policy_class, &kept::policy_class);
    if (it == kept_.end())
        return nullptr;
    kept_.splice(kept_.begin(), kept_, it);
    return it->view;
}

void catalog_views::keep(kept made) {
    std::list<kept> dropped; // die outside of the lock
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(kept_, made.policy_class, &kept::policy_class) != kept_.end())
        return;
    bytes_ += made.view->bytes();
    kept_.push_front(std::move(made));
    while (!kept_.empty() && ((bytes_ > max_bytes_ && kept_.size() > 1) || !memory_.try_cover(bytes_))) {
        bytes_ -= kept_.back().view->bytes();
        dropped.splice(dropped.end(), kept_, std::prev(kept_.end()));
        incomplete_ = true;
    }
    memory_.shrink_to(bytes_);
}

bool catalog_views::incomplete() const {
    const std::lock_guard lock(mutex_);
    return incomplete_;
}

std::vector<catalog_views::kept> catalog_views::all() const {
    const std::lock_guard lock(mutex_);
    return {kept_.begin(), kept_.end()};
}

} // namespace vmcp
