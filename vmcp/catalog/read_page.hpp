// Reads one page of a backend's list: slices the entries out, re-encodes nothing.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/catalog/backend_lists.hpp"

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Schemas nest; a list is read once per refresh, not per call, so that the bound may be generous.
inline constexpr unsigned list_json_depth = 512;

// An entry whose key is longer than this is dropped: it would be copied into routes, logs and status rows.
inline constexpr std::size_t max_list_key = std::size_t{64} << 10;

// At most this many dropped entries of a page are described one by one; all of them are counted.
inline constexpr std::size_t max_drop_reasons = 32;

// How much may still be taken of the lists of one backend. The first entry that does not fit ends it: the rest is left out,
// whatever its size.
struct list_budget {
    std::size_t entries = 0;
    std::size_t bytes = 0; // of their text and their keys
    bool used_up = false;
};

struct page_info {
    std::string cursor{};     // the raw `nextCursor` literal with quotes (it may be `""`); empty: last page
    std::size_t dropped = 0;  // entries that were not taken
    std::size_t left_out = 0; // good ones, as the budget was used up
    std::size_t bytes = 0;    // cost_of() the entries
    std::vector<dropped_entry> reasons{}; // the first of them, with the reason
};

// Reads one page's `result` object of tools/list, prompts/list, resources/list or resources/templates/list
// and appends its entries, bytes unchanged and in order, to `out`. Duplicates are left to merge(), which sees
// all pages. Unknown members are skipped, and a null list or a null cursor counts as absent, because servers
// exist that write their empty lists so. An entry is dropped when it is no object, has no usable key member
// or has it twice: JSON parsers differ in which one they take, and then the gateway and the client would
// disagree about its name. A failure (errc::backend_protocol) says what is wrong with the page, and leaves
// `out` as it was; so does errc::no_memory, as soon as the entries cost more than `room` bytes. Entries beyond `budget`,
// which may be null, are counted and not taken.
[[nodiscard]] result<page_info> read_list_page(list_kind kind, std::string_view result_json,
                                               std::vector<list_item>& out, list_budget* budget = nullptr,
                                               std::size_t room = std::numeric_limits<std::size_t>::max());

// The same in steps, for whoever shares a thread with others. `result_json`, `out` and `budget` must live as long; after a
// failure it is over.
class list_page_reader {
public:
    list_page_reader(list_kind kind, std::string_view result_json, std::vector<list_item>& out,
                     list_budget* budget = nullptr,
                     std::size_t room = std::numeric_limits<std::size_t>::max());
    ~list_page_reader();
    list_page_reader(const list_page_reader&) = delete;
    list_page_reader& operator=(const list_page_reader&) = delete;

    // Reads on until `bytes` of the text are behind it, whole entries at a time. True: that was all.
    [[nodiscard]] result<bool> step(std::size_t bytes);
    // What was read of a page that is over.
    [[nodiscard]] page_info info() &&;

private:
    class parser;
    std::unique_ptr<parser> parser_;
    std::vector<list_item>& out_;
    const std::size_t before_;
    list_budget* budget_;
    const list_budget had_;
};

// What an entry costs as long as it is offered, in bytes, about: kept as it was written, and what the catalog makes of it,
// its text in a page and its name in some tables.
[[nodiscard]] std::size_t cost_of(const list_item& item) noexcept;

} // namespace vmcp
