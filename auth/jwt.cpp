#include "auth/jwt.hpp"

#include "vmcp/base/base64url.hpp"

#include <algorithm>

namespace auth {
namespace {

rejection invalid(std::string detail) {
    return {refusal::invalid_token, std::move(detail)};
}

bool is_access_token_type(std::string_view type, bool strict) {
    return type == "at+jwt" || (!strict && (type.empty() || type == "jwt"));
}

} // namespace

verdict<unverified_token> read_token(std::string_view token, const token_rules& rules, wall_time now) {
    auto parts = read_jws(token, rules.algorithms);
    if (!parts)
        return invalid("the token cannot be used: " + parts.error().text);
    if (!is_access_token_type(parts->header.type, rules.require_at_jwt))
        return invalid(rules.require_at_jwt
                           ? "the token's 'typ' does not say that it is an access token (at+jwt)"
                           : "the token's 'typ' says that it is no access token");
    auto claims = judge_claims(std::move(parts->payload), rules.claims, claim_source::token, now);
    if (!claims)
        return claims.error();
    return unverified_token{std::move(*parts), std::move(*claims)};
}

verdict<token_claims> verify_token(unverified_token token, const jwk& key) {
    if (!verify_jws(token.parts, key))
        return invalid("the token's signature is wrong");
    return std::move(token.claims);
}

bool looks_like_jwt(std::string_view token) {
    const auto first = token.find('.');
    if (first == std::string_view::npos || token.size() > max_token ||
        std::count(token.begin(), token.end(), '.') != 2)
        return false;
    const auto header = vmcp::base64url_decode(token.substr(0, first));
    if (!header)
        return false;
    const auto object = json_object::parse(*header);
    return object && object->has("alg");
}

} // namespace auth
