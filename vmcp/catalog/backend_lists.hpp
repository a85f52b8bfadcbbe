// What one backend offers, as it wrote it: the input of merge().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmcp {

// One tool, prompt, resource or resource template. `raw` is the JSON object as the backend sent it, byte for
// byte; `key` is the decoded `name` (tools, prompts), `uri` (resources) or `uriTemplate` (templates).
struct list_item {
    std::string key{};
    std::string raw{};
    friend bool operator==(const list_item&, const list_item&) = default;
};

enum class list_kind : std::uint8_t { tools, prompts, resources, templates };

// All pages of all lists of one backend at one time. `capabilities` is the raw JSON object of its
// InitializeResult.
struct backend_lists {
    std::string backend{}; // its name in the configuration
    std::vector<list_item> tools{}, prompts{}, resources{}, templates{};
    std::string capabilities = "{}";
    std::string instructions{}; // decoded text, may be empty
    friend bool operator==(const backend_lists&, const backend_lists&) = default;
};

// Reads one page's `result` object of tools/list, prompts/list, resources/list or resources/templates/list
// and appends its entries to `out`; entries without the key member are dropped and counted in `dropped`.
// Returns the raw `nextCursor` literal (with quotes) or an empty string. A failure (errc::backend_protocol)
// says what is wrong with the page. (declared in list_page.hpp)

} // namespace vmcp
