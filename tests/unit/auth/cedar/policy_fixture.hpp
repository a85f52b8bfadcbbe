// Policies and requests for tests, in few words.
#pragma once

#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/policy_engine.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

inline std::string joined_problems(const std::vector<policy_problem>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text.append(format_problem(problem)).append("\n");
    return text;
}

inline std::shared_ptr<const policy_set> compiled(std::vector<std::string> policies,
                                                  std::string entities = {},
                                                  const cedar_settings& settings = {.server_name = "hub"}) {
    auto out = compile_policies({.policies = std::move(policies),
                                 .entities_json = std::move(entities),
                                 .types = cedar_types(settings)});
    EXPECT_TRUE(out.value) << joined_problems(out.problems);
    return out.value;
}

// The decision on what a caller wants, with everything between token and engine.
inline policy_decision decision(const policy_set& policies, std::string_view claims,
                                const cedar_target& target,
                                const cedar_settings& settings = {.server_name = "hub"}) {
    const auto caller = make_caller(settings, "alice", claims, policies.view());
    EXPECT_TRUE(caller);
    if (!caller)
        return {};
    const auto request = make_request(settings, *caller, target, policies.view());
    EXPECT_TRUE(request) << (request ? "" : request.error().message());
    return request ? policies.decide(*request) : policy_decision{};
}

} // namespace auth
