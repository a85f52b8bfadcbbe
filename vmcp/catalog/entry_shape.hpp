// The schemas of list entries as tables; private to entry_check.cpp.
#pragma once

#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/list_revision.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace vmcp {

enum class shape_kind : std::uint8_t {
    any,
    text,
    one_of, // a text of `words`
    moment, // a text that is a date and time (RFC 3339)
    integer,
    fraction, // a number from 0 to 1
    flag,
    object,
    array,
    schema,        // a JSON Schema whose instances are objects
    result_schema, // the same, which clients compile
};

struct shape;

struct shape_member {
    std::string_view key;
    const shape* value;
    bool required = false;
    // What a missing or null required member becomes: raw JSON, or `@KEY` for the value of another member; empty: nothing.
    std::string_view instead{};
    // The revisions that know it.
    list_revision since = all_list_revisions.front();
    list_revision until = all_list_revisions.back();

    [[nodiscard]] constexpr bool known_to(list_revision revision) const noexcept {
        return since <= revision && revision <= until;
    }
};

struct shape {
    shape_kind kind = shape_kind::any;
    std::span<const shape_member> members{}; // of an object; others may be anything
    const shape* element = nullptr;          // of an array
    std::span<const std::string_view> words{};
};

[[nodiscard]] const shape& shape_of(list_kind kind) noexcept;

} // namespace vmcp
