// The form of the table that describes every configuration key, and the tree that is built from it.
// Validation, the JSON Schema and the reference page are three readers of this one table.
#pragma once

#include "vmcp/config/config_draft.hpp"
#include "vmcp/config/text_rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

enum class value_kind : std::uint8_t { text, boolean, integer, duration, size, choice, section };

// One value, a list of such values, or a mapping from free keys to such values.
enum class value_shape : std::uint8_t { one, list, map };

// What may stand behind a key.
struct value_spec {
    value_kind kind = value_kind::text;
    value_shape shape = value_shape::one;
    std::int64_t least = 0; // integer; milliseconds of a duration; bytes of a size
    std::int64_t most = 0;
    std::vector<std::string_view> choices{};
    std::vector<std::string_view> later{}; // known values that have no effect yet
    const text_rule* rule = &rules::line;  // of a text
    const text_rule* key_rule = nullptr;   // of a map's free keys
    bool secret = false;                   // never shown in a message
};

// How a value gets into the draft. Called once for each value; for a list or a map first with
// item_event::begin, so that an empty one is stored too; for a section before its keys.
using store_fn = void (*)(config_draft& draft, const config_value& value);

// One key. `path` spells sections with '.', the entries of a list with '[]', those of a map with '.*':
// "aggregation.tools[].overrides.*.name".
struct schema_row {
    std::string path{};
    value_spec spec{};
    std::string_view fallback{}; // the default as one would write it; empty: none
    std::string_view doc{};
    store_fn store = nullptr; // null: the only value allowed is what vmcp does anyway
    bool required = false;
    std::string_view
        unless{}; // not required, but one of this and that key of the same section is; empty: neither
    bool not_yet =
        false; // known from ToolHive or MCP clients, refused; `doc` says what to do instead, or is empty
};

// A row with the rows below it, in the order of the table.
struct schema_node {
    std::string key{};
    schema_row row{};
    std::vector<schema_node> children{};

    [[nodiscard]] const schema_node* find(std::string_view key) const noexcept;
};

// The table, in the order of the reference page.
[[nodiscard]] std::vector<schema_row> schema_table();

// The table as a tree; the root is a section without a key.
[[nodiscard]] schema_node schema_tree();

} // namespace vmcp
