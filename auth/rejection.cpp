#include "auth/rejection.hpp"

#include <array>
#include <cstddef>

namespace auth {
namespace {

// In the order of the enum; the test walks both.
constexpr std::array<refusal_row, 8> rows{{
    {refusal::no_credentials, 401, "", "Authentication required"},
    {refusal::invalid_request, 400, "invalid_request",
     "Send one access token, in one Authorization header field"},
    {refusal::invalid_token, 401, "invalid_token", "The access token is invalid or has expired"},
    {refusal::insufficient_scope, 403, "insufficient_scope",
     "The access token does not grant the scopes that this needs"},
    {refusal::invalid_dpop_proof, 401, "invalid_dpop_proof", "The DPoP proof is invalid or has expired"},
    {refusal::use_dpop_nonce, 401, "use_dpop_nonce", "The DPoP proof must carry the nonce of this server"},
    {refusal::too_many, 429, "", "Too many access tokens of this address were refused; try again later"},
    {refusal::unavailable, 503, "", "The access token cannot be checked right now"},
}};

} // namespace

const refusal_row& row_of(refusal why) noexcept {
    return rows[static_cast<std::size_t>(why)];
}

} // namespace auth
