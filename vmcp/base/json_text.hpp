// Between JSON string literals and plain text, and small helpers to write JSON without a DOM.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Appends `text` as a JSON string literal with quotes. `text` must be UTF-8; control characters are escaped.
void append_quoted(std::string& out, std::string_view text);
[[nodiscard]] std::string quoted(std::string_view text);

// The text of a raw JSON string literal (with its quotes, already validated by json_cursor). Nothing when the
// literal is no string or holds a lone surrogate, which has no UTF-8 form.
[[nodiscard]] std::optional<std::string> unquoted(std::string_view raw);

// Whether the raw key (with quotes) spells `key` once unescaped; no allocation for keys without escapes.
[[nodiscard]] bool json_key_is(std::string_view raw_key, std::string_view key) noexcept;

} // namespace vmcp
