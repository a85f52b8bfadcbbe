// Decides by one set of policies, and remembers what it decided for as long as these policies are in force.
#pragma once

#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/cedar_rules.hpp"
#include "auth/cedar/decision_cache.hpp"
#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/caller.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace auth {

// Bytes, about. What is not kept is decided again.
struct decider_bounds {
    std::size_t callers = std::size_t{8} << 20;
    std::size_t decisions = std::size_t{8} << 20;
    std::size_t lists = std::size_t{8} << 20;
};

// Thread-safe.
class decider {
public:
    explicit decider(std::shared_ptr<const cedar_rules> rules, const decider_bounds& bounds = {});

    struct verdict {
        bool allowed = false;
        bool failed = false; // denied because something could not be evaluated
    };

    // As vmcp::admission.
    [[nodiscard]] std::string policy_class(const vmcp::caller& who);
    [[nodiscard]] verdict decide(const vmcp::caller& who, vmcp::use how, const vmcp::thing& thing);
    // `failures` is the number of those that could not be evaluated, as far as it was counted.
    struct verdicts {
        std::vector<bool> allowed{};
        std::size_t failures = 0;
    };
    [[nodiscard]] verdicts decide_many(const vmcp::caller& who, vmcp::use how,
                                       std::span<const vmcp::thing> things);

    [[nodiscard]] const std::shared_ptr<const cedar_rules>& rules() const noexcept { return rules_; }

private:
    // A caller as Cedar sees it; none where the claims cannot be told to it.
    struct known_caller {
        std::optional<cedar_caller> as_cedar{};
        std::string policy_class{};
    };
    [[nodiscard]] std::shared_ptr<const known_caller> known(const vmcp::caller& who);
    [[nodiscard]] std::shared_ptr<const known_caller> make_known(const vmcp::caller& who) const;
    [[nodiscard]] verdict evaluate(const known_caller& who, const cedar_target& target);
    [[nodiscard]] policy_verdicts evaluate_all(const cedar_caller& who, cedar_operation operation,
                                               std::span<const vmcp::thing> things) const;
    // Everything that a list of decisions depends on.
    [[nodiscard]] std::string key_of(const known_caller& who, cedar_operation operation,
                                     std::span<const vmcp::thing> things) const;
    // Something about the policies that their author should read: once for each policy.
    void tell(const policy_problem& problem);

    const std::shared_ptr<const cedar_rules> rules_;
    std::mutex callers_mutex_{};
    expiring_lru<sha256_digest, std::shared_ptr<const known_caller>, digest_hash> callers_;
    decision_cache decisions_;
    decision_cache lists_;
    std::mutex told_mutex_{};
    std::set<std::uint32_t> told_{};
};

// What a use of a thing is for policies; nothing for what there are no policies about, which nobody may do.
[[nodiscard]] std::optional<cedar_operation> operation_of(vmcp::use how, vmcp::thing_kind kind) noexcept;

} // namespace auth
