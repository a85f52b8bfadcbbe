#include "auth/verified_caller.hpp"

#include <utility>

namespace auth {

std::shared_ptr<const verified_caller> make_verified_caller(token_claims claims, std::string_view token) {
    auto who = std::make_shared<vmcp::caller>();
    who->who = {std::move(claims.issuer), std::move(claims.subject)};
    who->claims = std::move(claims.json);
    who->token = token;
    who->scopes = std::move(claims.scopes);
    return std::make_shared<const verified_caller>(
        verified_caller{std::move(who), std::move(claims.bound_to), claims.expiry});
}

std::size_t weight_of(const verified_caller& caller) noexcept {
    // What each small string, list node and map entry takes besides its bytes.
    constexpr std::size_t overhead = 32;
    const auto& who = *caller.who;
    std::size_t out = sizeof caller + sizeof who + 8 * overhead + who.who.issuer.size() +
                      who.who.subject.size() + who.claims.size() + who.token.size();
    for (const auto& one : who.scopes)
        out += one.size() + overhead;
    return out;
}

} // namespace auth
