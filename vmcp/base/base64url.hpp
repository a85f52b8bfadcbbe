// base64url without padding (RFC 4648 section 5, RFC 7515 section 2), read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

[[nodiscard]] std::string base64url_encode(std::string_view bytes);

// Nothing when the text holds padding, white space or any other byte outside of the alphabet, has an
// impossible length, or ends in bits that are not zero: each sequence of bytes has exactly one spelling.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

} // namespace vmcp
