// Halves of surrogate pairs in JSON strings ("\ud800"): RFC 8259 lets them stand, and parsers of many languages refuse the whole
// text for one.
#pragma once

#include <string>
#include <string_view>

namespace vmcp {

struct half_pairs {
    // The member, as raw JSON, that has one where it cannot be mended; empty: none.
    std::string beyond{};
    // The text with U+FFFD in place of each; empty: there was none.
    std::string mended{};
};

// Of valid JSON. What people read, which is the values of members called "description" and "title", can be mended: half a
// character says nothing. Everything else, keys included, is compared with what others wrote.
[[nodiscard]] half_pairs find_half_pairs(std::string_view json);

} // namespace vmcp
