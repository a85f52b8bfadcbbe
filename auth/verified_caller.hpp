// A caller whose token was verified, as it is remembered between requests.
#pragma once

#include "auth/token_claims.hpp"

#include "vmcp/model/caller.hpp"

#include <memory>
#include <string_view>

namespace auth {

// Immutable. With each request still has to be checked what the token is bound to, see check_binding().
struct verified_caller {
    std::shared_ptr<const vmcp::caller> who{};
    confirmation bound_to{};
    wall_time expiry{};
};

[[nodiscard]] std::shared_ptr<const verified_caller> make_verified_caller(token_claims claims,
                                                                          std::string_view token);

// About how many bytes it takes to keep.
[[nodiscard]] std::size_t weight_of(const verified_caller& caller) noexcept;

} // namespace auth
