// Policies, entities, claims, annotations and arguments from anywhere, through the Cedar engine: never a crash, never
// an allow beside an error, every problem with a place in its text, and decisions on many like those on one.
//
// An input is up to eight parts with the byte 0xFF between: entities, claims, annotations, arguments, context, and
// policies.
#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/policy_engine.hpp"
#include "auth/cedar/schema.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (parts.size() < 8) {
        const auto end = std::min(text.find('\xff'), text.size());
        parts.emplace_back(text.substr(0, end));
        if (end == text.size())
            break;
        text.remove_prefix(end + 1);
    }
    parts.resize(std::max<std::size_t>(parts.size(), 5));
    return parts;
}

void check_problems(const std::vector<auth::policy_problem>& problems,
                    const std::vector<std::string>& policies) {
    for (const auto& problem : problems) {
        require(!problem.message.empty());
        require((problem.line == 0) == (problem.column == 0) || !problem.policy);
        if (!problem.policy)
            continue;
        require(*problem.policy < policies.size());
        const auto& text = policies[*problem.policy];
        require(problem.line <= 1 + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')));
        require(problem.column <= text.size() + 1);
    }
}

void check_decision(const auth::policy_decision& made, const std::vector<std::string>& policies) {
    require(!made.allowed || (made.errors.empty() && !made.reasons.empty()));
    require(std::is_sorted(made.reasons.begin(), made.reasons.end()));
    check_problems(made.errors, policies);
}

void ask(const auth::policy_set& set, const auth::policy_source& source,
         const std::vector<std::string>& parts) {
    auth::cedar_settings settings{.server_name = "hub"};
    settings.group_claim = "a.b";
    settings.multi_valued_claims = {"scope"};
    const auto caller = auth::make_caller(settings, "alice", parts[1], set.view());
    if (!caller)
        return;
    const auth::cedar_target target{.name = "t", .annotations = parts[2], .arguments = parts[3]};
    const auto request = auth::make_request(settings, *caller, target, set.view());
    if (!request)
        return;
    const auto one = set.decide(*request);
    check_decision(one, source.policies);
    const auto many = set.decide_many(*request, std::vector<auth::cedar_entity>(2, request->resource));
    require(many.failure.empty());
    require(many.allowed == std::vector<bool>(2, one.allowed));
    check_decision(set.decide(*request, parts[4]), source.policies);
    check_problems(auth::policy_warnings(set, settings), source.policies);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parts = parts_of({reinterpret_cast<const char*>(data), size});
    const auth::policy_source source{.policies{parts.begin() + 5, parts.end()},
                                     .entities_json = parts[0],
                                     .types{"Client", "Action", "Tool", "MCP", "THVGroup"}};
    const auto out = auth::compile_policies(source);
    require((out.value == nullptr) == !out.problems.empty());
    check_problems(out.problems, source.policies);
    if (out.value)
        ask(*out.value, source, parts);
    return 0;
}
