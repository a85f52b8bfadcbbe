// What the lists of one client's own session with a backend have other than the lists that everybody is shown: a backend may
// add tools, prompts and resources for one session, or take some away.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace vmcp {

struct list_difference {
    struct part {
        std::vector<list_item> added{};     // or listed in other words; in the order of the session's list
        std::vector<std::string> missing{}; // keys
        friend bool operator==(const part&, const part&) = default;
    };
    std::string backend{};
    std::array<part, all_list_kinds.size()> parts{}; // by list_kind

    [[nodiscard]] bool empty() const noexcept;
    // What it takes in memory, about.
    [[nodiscard]] std::size_t bytes() const noexcept;
    friend bool operator==(const list_difference&, const list_difference&) = default;
};

// The lists as one session has them, and which of them were read.
struct session_lists {
    backend_lists lists{};
    std::array<bool, all_list_kinds.size()> known{}; // by list_kind
};

// How `own` differs from what all are shown. Order is no difference. Of a list that was not read `before` goes on to hold.
[[nodiscard]] list_difference difference_of(const session_lists& own, const backend_lists& all,
                                            const list_difference& before);

// Without what everybody is shown by now.
[[nodiscard]] list_difference reduced(const list_difference& difference, const backend_lists& all);

// The lists as that session has them. What is added comes behind the rest, and what is listed in other words stays in its
// place.
[[nodiscard]] backend_lists with_difference(const backend_lists& all, const list_difference& difference);

} // namespace vmcp
