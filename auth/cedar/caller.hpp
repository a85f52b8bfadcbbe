// Who asks, as Cedar sees it: the claims of a token become the principal, its groups, and the context.
#pragma once

#include "auth/cedar/numbers.hpp"
#include "auth/cedar/values.hpp"
#include "vmcp/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

// What the configuration (incomingAuth.authz) says about requests to Cedar.
struct cedar_settings {
    // The name of the virtual server: tools, prompts and resources are in MCP::"<name>".
    std::string server_name{};
    // The claim that holds the caller's groups: a name as it stands, or the way to it with dots between. When it
    // is empty or not in the token: the first of groups, roles, cognito:groups that is there.
    std::string group_claim{};
    // A claim that holds more of them.
    std::string role_claim{};
    // The entity type of groups.
    std::string group_type = "THVGroup";
    // Claims that are lists of words, whether a token has them as an array or as one text (scope, scp):
    // claim_<name> is the text, claimset_<name> the set.
    std::vector<std::string> multi_valued_claims{};
    number_mapping numbers = number_mapping::cedar;
};

// The same for all requests with one token, and so made once for each set of policies: the principal and the
// claims in the context.
struct cedar_caller {
    cedar_entity principal{};
    std::vector<cedar_field> context{};
    std::uint64_t made_for = 0; // as in cedar_request
};

// Client::"<subject>", below <group_type>::"<group>" for each of its groups, with each claim as the attribute
// claim_<name>, as far as `view` sees it. `claims` is a JSON object. errc::forbidden when there is no subject, no
// such object, or a claim stands in it twice.
[[nodiscard]] vmcp::result<cedar_caller> make_caller(const cedar_settings& settings, std::string_view subject,
                                                     std::string_view claims, const cedar_view& view);

// The names of the groups, each once, in the order of the token.
[[nodiscard]] std::vector<std::string> groups_of(const cedar_settings& settings, std::string_view claims);

} // namespace auth
