// The access token that a request carries (RFC 6750 section 2.1, RFC 9449 section 7.1).
#pragma once

#include "auth/rejection.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace auth {

enum class token_scheme : std::uint8_t { bearer, dpop };

// The token as a view into the field's value.
struct credentials {
    token_scheme scheme = token_scheme::bearer;
    std::string_view token{};
};

// Reads the values of all Authorization fields of a request, without blanks around them, and the query of its
// target without the '?'. refusal::no_credentials when there is no field, or one of another scheme (DPoP is
// another one unless `dpop`); refusal::invalid_request when there are several, when what follows the scheme
// is no token, or when the query holds `access_token`, which puts the token into logs; refusal::invalid_token
// when the token is too long.
[[nodiscard]] verdict<credentials> read_credentials(std::span<const std::string_view> authorization,
                                                    std::string_view query, bool dpop);

// 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" (RFC 6750 section 2.1).
[[nodiscard]] bool is_b64token(std::string_view text) noexcept;

// Whether the query of a target has a parameter of this name, percent-encoded or not.
[[nodiscard]] bool has_parameter(std::string_view query, std::string_view name);

} // namespace auth
