// Which lists are different for whom when one snapshot takes the place of another.
#pragma once

#include "vmcp/model/admission.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/service/snapshot.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// Bits of changed_lists (vmcp/model/client.hpp).
struct list_changes {
    unsigned for_all_seers = 0;                              // of callers who see everything
    std::map<std::string, unsigned, std::less<>> by_class{}; // of policy classes that listed something before
    unsigned otherwise = 0; // of others, of whom it is not known what they listed

    [[nodiscard]] unsigned of(std::string_view policy_class) const {
        if (policy_class.empty())
            return for_all_seers;
        const auto found = by_class.find(policy_class);
        return found == by_class.end() ? otherwise : found->second;
    }
    [[nodiscard]] bool any() const;
};

// Makes the views of `after` for the classes that have one of `before`, so that these are kept.
[[nodiscard]] awaitable<list_changes> changes_between(std::shared_ptr<const snapshot> before,
                                                      std::shared_ptr<const snapshot> after,
                                                      admission& policy);

} // namespace vmcp
