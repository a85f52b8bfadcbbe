// What one backend offers, as it wrote it: the input of merge().
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/catalog/entry_check.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

// One tool, prompt, resource or resource template. `raw` is the JSON object as the backend sent it, byte for
// byte; `key` is the decoded `name` (tools, prompts), `uri` (resources) or `uriTemplate` (templates).
struct list_item {
    std::string key{};
    std::string raw{};
    // Of check_for_all() (entry_check.hpp); null: the entry is as the protocol wants it.
    std::shared_ptr<const entry_verdicts> verdict{};

    // The verdict follows from the text.
    friend bool operator==(const list_item& a, const list_item& b) {
        return a.key == b.key && a.raw == b.raw;
    }
};

// An entry that could not be taken from a backend's page at all. `name` may be empty when it has none.
struct dropped_entry {
    list_kind kind = list_kind::tools;
    std::string name{};
    std::string reason{}; // for people
    friend bool operator==(const dropped_entry&, const dropped_entry&) = default;
};

// The memory that lists are counted for, by list_kind. It says nothing about what they are.
struct list_claims {
    std::array<std::shared_ptr<const memory_claim>, all_list_kinds.size()> of{};
    friend bool operator==(const list_claims&, const list_claims&) noexcept { return true; }
};

// All pages of all lists of one backend at one time, read with read_list_page() (read_page.hpp).
// `capabilities` is the raw JSON object of its InitializeResult.
struct backend_lists {
    std::string backend{}; // its name in the configuration
    std::vector<list_item> tools{}, prompts{}, resources{}, templates{};
    std::string capabilities = "{}";
    std::string instructions{};           // decoded text, may be empty
    std::vector<dropped_entry> dropped{}; // what page_info::reasons said, all pages together
    list_claims held{};
    friend bool operator==(const backend_lists&, const backend_lists&) = default;
};

// The entries of one kind of a backend; of `const backend_lists` they are const.
template <class Lists>
[[nodiscard]] constexpr auto& items_of(Lists& lists, list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return lists.tools;
    case list_kind::prompts:
        return lists.prompts;
    case list_kind::resources:
        return lists.resources;
    case list_kind::templates:
        break;
    }
    return lists.templates;
}

} // namespace vmcp
