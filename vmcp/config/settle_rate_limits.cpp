// Rules between the keys of rateLimiting.
#include "vmcp/config/settle_parts.hpp"

namespace vmcp {
namespace {

key_path section() {
    return key_path{} / "rateLimiting";
}

// All would share one bucket, each a stranger's.
void expect_callers(settling& at, const key_path& path) {
    if (at.draft.out.incoming.type != incoming_auth::kind::oidc)
        at.complain(path, "needs incomingAuth.type: oidc: without it nobody knows who calls; use shared");
}

} // namespace

void settle_rate_limits(settling& at) {
    const auto& limits = at.draft.out.rate_limits;
    if (limits.per_user)
        expect_callers(at, section() / "perUser");
    if (at.has(section()) && !limits.enabled())
        at.complain(section(), "give shared, perUser or tools: nothing is limited");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < limits.tools.size(); ++i) {
        const auto& one = limits.tools[i];
        const auto path = section() / "tools" / i;
        if (!one.shared && !one.per_user)
            at.complain(path, "give shared or perUser: nothing is limited");
        if (one.per_user)
            expect_callers(at, path / "perUser");
        if (!one.name.empty() && !seen.insert(one.name).second)
            at.complain(path / "name", "'" + one.name + "' stands twice");
    }
}

} // namespace vmcp
