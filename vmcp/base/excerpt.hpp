// What a peer sent, made fit for people to read: printable, bounded, and without the secrets it may echo.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vmcp {

// The one way of a peer's words into a message for people: whatever is told of them goes through here or excerpt_of().
// `text` with each of `secrets` of at least four bytes, and all that the process knows (known_secrets.hpp), replaced by "***"
// wherever secret_at() (secret_forms.hpp) finds it.
[[nodiscard]] std::string without_secrets(std::string_view text, std::span<const std::string> secrets);

inline constexpr std::size_t excerpt_limit = 120;

// At most `limit` bytes of valid UTF-8 without line breaks, control or bidirectional characters; runs of
// white space become one space, what cannot be shown becomes '?', and "..." marks a cut. Secrets are struck
// before it is cut, so that no half of one is left.
[[nodiscard]] std::string excerpt_of(std::string_view bytes, std::span<const std::string> secrets = {},
                                     std::size_t limit = excerpt_limit);

// Whether the first bytes hold so much that is no text that an excerpt would say nothing.
[[nodiscard]] bool looks_binary(std::string_view bytes);

// The URL as users may read it: without user info, query and fragment, where keys hide.
[[nodiscard]] std::string shown_url(std::string_view url);

} // namespace vmcp
