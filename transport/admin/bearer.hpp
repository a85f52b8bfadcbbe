// The bearer token that guards what changes a running gateway (RFC 6750).
#pragma once

#include <string_view>

namespace transport {

// Whether the value of an Authorization field is `Bearer` and the token. How long this takes does not depend
// on where the two differ. An empty token fits nothing.
[[nodiscard]] bool carries_token(std::string_view authorization, std::string_view token) noexcept;

} // namespace transport
