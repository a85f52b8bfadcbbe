// The characters of UTF-8 text, and which of them may be shown to people as they are: one classification for
// logs, excerpts and terminals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vmcp {

struct character {
    std::size_t length = 1; // bytes it takes in the source
    std::uint32_t code = 0; // its code point; 0 for a byte that is not part of a character
    // Neither a control character (C0, DEL, C1) nor one that lets a peer hide or reorder what a reader sees:
    // bidirectional controls, line and paragraph separators, zero width characters, the byte order mark,
    // tags.
    bool printable = false;
};

// The UTF-8 character (RFC 3629) at the start of `text`, which is not empty. A byte that does not belong to
// one is taken alone and is not printable.
[[nodiscard]] character first_character(std::string_view text) noexcept;

// Appends a code point, which must be one (at most 10FFFF and no surrogate), as UTF-8.
void append_utf8(std::string& out, std::uint32_t code);

} // namespace vmcp
