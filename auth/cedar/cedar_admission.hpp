// The seam between the gateway and Cedar: what holds now, and its replacement by a reload.
#pragma once

#include "auth/cedar/decider.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace auth {

// Since the start. What could not be evaluated is denied, and counts as failed instead.
struct admission_figures {
    std::uint64_t allowed = 0;
    std::uint64_t denied = 0;
    std::uint64_t failed = 0;
    std::uint64_t list_failures = 0; // entries of lists, the first few of each list
};

// Without rules everybody may do everything; with rules what they permit. A denial says nothing of whether the thing is
// there. Thread-safe.
class cedar_admission final : public vmcp::admission {
public:
    explicit cedar_admission(std::shared_ptr<const cedar_rules> rules = {},
                             const decider_bounds& bounds = {});

    // From now on these hold, or none. Each decision is made by the old ones or by the new ones as a whole; classes
    // of the old ones are not given again, so that what was kept for them is not used any more.
    void use(std::shared_ptr<const cedar_rules> rules);

    bool allows_all(const vmcp::caller& who) const override;
    std::string policy_class(const vmcp::caller& who) const override;
    vmcp::awaitable<bool> decide(const vmcp::caller& who, vmcp::use how, const vmcp::thing& thing) override;
    vmcp::awaitable<std::vector<bool>> decide_many(const vmcp::caller& who, vmcp::use how,
                                                   std::span<const vmcp::thing> things) override;

    [[nodiscard]] admission_figures figures() const noexcept;

private:
    // Null inside: no rules.
    struct in_force {
        std::unique_ptr<decider> by;
    };
    [[nodiscard]] static std::shared_ptr<const in_force> make(std::shared_ptr<const cedar_rules> rules,
                                                              const decider_bounds& bounds);

    const decider_bounds bounds_;
    vmcp::published<in_force> now_;
    std::atomic<std::uint64_t> allowed_{0}, denied_{0}, failed_{0}, list_failures_{0};
};

} // namespace auth
