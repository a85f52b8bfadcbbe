// Cedar policies, compiled once and then asked from any thread. The engine behind it is the official one, in
// Rust, behind the C interface in vmcp_cedar.h.
#pragma once

#include "auth/cedar/values.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct vmcp_cedar_engine;

namespace auth {

// What a set of policies is made from.
struct policy_source {
    std::vector<std::string> policies{}; // each one policy; their ids are policy0, policy1, and so on
    std::string entities_json{};         // a JSON array in Cedar's form, or empty
    std::vector<std::string>
        types{}; // entity types that requests will name: parsed once instead of each time
};

// Something wrong: with the policy of that index, at a place in its text (from 1; 0: no place known).
struct policy_problem {
    std::optional<std::uint32_t> policy{};
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message{};

    friend bool operator==(const policy_problem&, const policy_problem&) = default;
};

// "policies[1]:3:14: message", as much of it as is known.
[[nodiscard]] std::string format_problem(const policy_problem& problem);

// Denied unless Cedar allows without a single error: a policy that cannot be evaluated may be the one that
// forbids. Errors name attributes, types and the caller, and hold no values of claims or arguments.
struct policy_decision {
    bool allowed = false;
    std::vector<std::uint32_t> reasons{}; // indexes of the policies that made the decision, ascending
    std::vector<policy_problem> errors{};
};

// Decisions on many resources.
struct policy_verdicts {
    struct error {
        std::size_t index = 0; // of the resource
        policy_problem problem{};
    };
    std::vector<bool> allowed{}; // one of each resource
    std::vector<error> errors{}; // the first 16; a resource with an error is denied
    std::string failure{};       // what kept all of them from being decided, or empty
};

// The compiled policies, of which a policy_set is made.
struct engine_deleter {
    void operator()(vmcp_cedar_engine* engine) const noexcept;
};
using engine_ptr = std::unique_ptr<vmcp_cedar_engine, engine_deleter>;

// Immutable; any number of threads may ask at once.
class policy_set {
public:
    explicit policy_set(engine_ptr engine);

    // A request that was made for the view of other policies is an error.
    [[nodiscard]] policy_decision decide(const cedar_request& request) const;

    // The decision on the context with a JSON object in Cedar's own form, in which ids of entities and values
    // of extension types can stand; the context of `request` is not looked at.
    [[nodiscard]] policy_decision decide(const cedar_request& request, std::string_view context_json) const;

    // For each of `resources` the decision on `request` with it as the resource.
    [[nodiscard]] policy_verdicts decide_many(const cedar_request& request,
                                              std::span<const cedar_entity> resources) const;

    // What of a request the policies can see.
    [[nodiscard]] const cedar_view& view() const noexcept { return view_; }

    // The attributes that policies name, and the types of the configured entities, ascending.
    [[nodiscard]] const std::vector<std::string>& attributes() const noexcept { return attributes_; }
    [[nodiscard]] const std::vector<std::string>& entity_types() const noexcept { return entity_types_; }

    // What the policies say that cannot happen in the world of a schema in Cedar's syntax.
    [[nodiscard]] std::vector<policy_problem> check_against(std::string_view schema) const;

    // Not 0, and different between any two sets of one process.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

private:
    [[nodiscard]] bool fits(const cedar_request& request) const noexcept;

    engine_ptr engine_;
    std::vector<std::string> attributes_{};
    std::vector<std::string> entity_types_{};
    cedar_view view_{};
    std::uint64_t version_;
};

// The set, or everything that is wrong with its source.
struct compiled_policies {
    std::shared_ptr<const policy_set> value{};
    std::vector<policy_problem> problems{};
};

[[nodiscard]] compiled_policies compile_policies(const policy_source& source);

} // namespace auth
