// incomingAuth.authz: which keys belong together, and what the engine says of the policies.
#include "vmcp/config/settle_parts.hpp"

namespace vmcp {
namespace {

void check_policies(settling& at, const key_path& path) {
    const auto& policies = at.draft.out.authz.policies;
    for (std::size_t i = 0; i < policies.size(); ++i)
        if (policies[i].find_first_not_of(" \t\r\n") == std::string::npos)
            return at.complain(path / "policies" / i, "there is no policy in it");
    if (!at.sources.check_policies)
        return;
    for (const auto& one : at.sources.check_policies(at.draft.out)) {
        const auto where = one.policy ? path / "policies" / *one.policy : path;
        if (one.warning)
            at.warn(where, one.message);
        else
            at.complain(where, one.message);
    }
}

} // namespace

void settle_authz(settling& at) {
    const auto path = key_path{} / "incomingAuth" / "authz";
    const auto& authz = at.draft.out.authz;
    if (!authz.cedar) {
        for (const std::string_view key :
             {"policies", "entitiesJson", "groupClaimName", "roleClaimName", "multiValuedClaims"})
            if (at.has(path / key))
                at.complain(path / key, "has no effect without 'type: cedar'");
        return;
    }
    const auto* const given = (path / "policies").find(at.document.root);
    if (given == nullptr || given->items.empty())
        return at.complain(path / "policies",
                           "type cedar needs at least one policy: without one nobody may do anything");
    if (authz.policies.size() == given->items.size()) // else one is wrong by itself, which has been reported
        check_policies(at, path);
}

} // namespace vmcp
