#include "auth/cedar/cedar_admission.hpp"

#include <utility>

namespace auth {

std::shared_ptr<const cedar_admission::in_force>
cedar_admission::make(std::shared_ptr<const cedar_rules> rules, const decider_bounds& bounds) {
    return std::make_shared<const in_force>(
        in_force{rules ? std::make_unique<decider>(std::move(rules), bounds) : nullptr});
}

cedar_admission::cedar_admission(std::shared_ptr<const cedar_rules> rules, const decider_bounds& bounds)
    : bounds_(bounds)
    , now_(make(std::move(rules), bounds)) {
}

void cedar_admission::use(std::shared_ptr<const cedar_rules> rules) {
    now_.store(make(std::move(rules), bounds_));
}

bool cedar_admission::allows_all(const vmcp::caller&) const {
    return now_.load()->by == nullptr;
}

std::string cedar_admission::policy_class(const vmcp::caller& who) const {
    const auto now = now_.load();
    return now->by ? now->by->policy_class(who) : std::string();
}

vmcp::awaitable<bool> cedar_admission::decide(const vmcp::caller& who, vmcp::use how,
                                              const vmcp::thing& thing) {
    const auto now = now_.load();
    if (!now->by)
        co_return true;
    const auto verdict = now->by->decide(who, how, thing);
    (verdict.failed ? failed_ : verdict.allowed ? allowed_ : denied_).fetch_add(1, std::memory_order_relaxed);
    co_return verdict.allowed;
}

vmcp::awaitable<std::vector<bool>> cedar_admission::decide_many(const vmcp::caller& who, vmcp::use how,
                                                                std::span<const vmcp::thing> things) {
    const auto now = now_.load();
    if (!now->by)
        co_return std::vector<bool>(things.size(), true);
    auto verdicts = now->by->decide_many(who, how, things);
    list_failures_.fetch_add(verdicts.failures, std::memory_order_relaxed);
    co_return std::move(verdicts.allowed);
}

admission_figures cedar_admission::figures() const noexcept {
    return {.allowed = allowed_.load(std::memory_order_relaxed),
            .denied = denied_.load(std::memory_order_relaxed),
            .failed = failed_.load(std::memory_order_relaxed),
            .list_failures = list_failures_.load(std::memory_order_relaxed)};
}

} // namespace auth
