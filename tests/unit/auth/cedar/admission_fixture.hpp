// A gateway's policies as it asks them: through the seam of callers, uses and things.
#pragma once

#include "auth/cedar/cedar_admission.hpp"
#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

inline vmcp::config with_policies(std::vector<std::string> policies, std::string entities = {}) {
    vmcp::config out;
    out.name = "hub";
    out.authz.cedar = true;
    out.authz.policies = std::move(policies);
    out.authz.entities_json = std::move(entities);
    return out;
}

inline std::shared_ptr<const cedar_rules> rules_of(const vmcp::config& settings) {
    auto made = make_rules(settings);
    for (const auto& problem : made.problems)
        ADD_FAILURE() << format_problem(problem);
    return made.value;
}

inline vmcp::caller caller_of(std::string subject, std::string claims = "{}") {
    return {.who = {.issuer = "https://issuer", .subject = std::move(subject)}, .claims = std::move(claims)};
}

inline vmcp::thing tool_of(std::string_view name, std::string_view annotations = {},
                           std::string_view arguments = {}) {
    return {.kind = vmcp::thing_kind::tool,
            .name = name,
            .backend = "b",
            .original = name,
            .annotations = annotations,
            .arguments = arguments};
}

inline vmcp::thing thing_of(vmcp::thing_kind kind, std::string_view name) {
    return {.kind = kind, .name = name, .backend = "b", .original = name};
}

// Runs what the seam gives.
class asked {
public:
    explicit asked(cedar_admission& policy) : policy_(policy) {}

    bool decide(const vmcp::caller& who, vmcp::use how, const vmcp::thing& thing) {
        return fakes::run(context_, policy_.decide(who, how, thing));
    }
    bool call(const vmcp::caller& who, const vmcp::thing& thing) {
        return decide(who, vmcp::use::call, thing);
    }
    std::vector<bool> list(const vmcp::caller& who, const std::vector<vmcp::thing>& things,
                           vmcp::use how = vmcp::use::call) {
        return fakes::run(context_, policy_.decide_many(who, how, things));
    }

private:
    boost::asio::io_context context_{};
    cedar_admission& policy_;
};

} // namespace auth
