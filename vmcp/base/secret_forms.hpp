// The forms in which a peer may repeat a credential that it was sent, and how they are found in its words.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// What must not be shown of a header field's value: the value, what follows its scheme ("Bearer ..."), user and password of
// Basic (RFC 7617), and each of these inside of a longer base64 text, in both alphabets. No form is shorter than four bytes:
// striking it would leave nothing to read.
[[nodiscard]] std::vector<std::string> secret_forms(std::string_view field_value);

// A part of a text, in bytes.
struct text_span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// One character of a text as it is meant, and the bytes that it is written with: percent-encoded (RFC 3986, 2.1), escaped as
// in JSON strings or as in HTML, or itself.
struct written_character {
    char meant = 0;
    std::size_t length = 1;
};

// The first character of `text`, which is not empty.
[[nodiscard]] written_character first_written(std::string_view text) noexcept;

// How many bytes of `text`, from its beginning, are `secret`, however it is written there: with any of its characters as
// above, with more or other white space. Its front also counts where the text ends within it, from `least_front` bytes on.
// 0: it does not begin so.
inline constexpr std::size_t least_front = 4;
[[nodiscard]] std::size_t secret_at(std::string_view text, std::string_view secret,
                                    std::size_t front = least_front) noexcept;

// Where `secret` stands in `text` at or behind `from`. `end` equals `begin` when it does not occur.
[[nodiscard]] text_span find_secret(std::string_view text, std::string_view secret, std::size_t from);

} // namespace vmcp
