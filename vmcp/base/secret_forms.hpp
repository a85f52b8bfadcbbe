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

// Where `secret` stands in `text` at or behind `from`, however it is written there: with bytes percent-encoded
// (RFC 3986, 2.1) or escaped as in JSON strings, with more or other white space. Its front also counts where the text ends
// within it, from four bytes on. `end` equals `begin` when it does not occur.
[[nodiscard]] text_span find_secret(std::string_view text, std::string_view secret, std::size_t from);

} // namespace vmcp
