#include "auth/cedar/decider.hpp"

#include "vmcp/base/base64url.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace auth {

using vmcp::thing;
using vmcp::thing_kind;
using vmcp::use;

namespace {

constexpr std::size_t most_callers = 100'000;
// Entries stay until they are pushed out: what they depend on does not change.
constexpr steady_time at_any_time{};
constexpr steady_time for_ever = steady_time::max();

// Two lists of texts have the same bytes here only when they are the same.
void append(std::string& to, std::string_view text) {
    const std::uint64_t size = text.size();
    for (int shift = 0; shift < 64; shift += 8)
        to.push_back(static_cast<char>(size >> shift & 0xFF));
    to.append(text);
}

bool is_object(std::string_view arguments) noexcept {
    return arguments.empty() || arguments == "null" || arguments.front() == '{';
}

cedar_target target_of(cedar_operation operation, const thing& thing) {
    return {.operation = operation,
            .name = thing.name,
            .annotations = thing.annotations,
            .arguments = thing.arguments};
}

} // namespace

std::optional<cedar_operation> operation_of(use how, thing_kind kind) noexcept {
    switch (kind) {
    case thing_kind::tool:
        return how == use::call ? std::optional(cedar_operation::call_tool) : std::nullopt;
    case thing_kind::prompt:
        return how == use::get || how == use::complete ? std::optional(cedar_operation::get_prompt)
                                                       : std::nullopt;
    case thing_kind::resource:
    case thing_kind::resource_template:
        return how == use::read || how == use::subscribe || how == use::complete
                   ? std::optional(cedar_operation::read_resource)
                   : std::nullopt;
    }
    return std::nullopt;
}

decider::decider(std::shared_ptr<const cedar_rules> rules, const decider_bounds& bounds)
    : rules_(std::move(rules))
    , callers_(most_callers, bounds.callers)
    , decisions_(bounds.decisions)
    , lists_(bounds.lists) {
}

std::shared_ptr<const decider::known_caller> decider::known(const vmcp::caller& who) {
    std::string text;
    text.reserve(who.who.subject.size() + who.claims.size() + 16);
    append(text, who.who.subject);
    append(text, who.claims);
    const auto key = sha256(text);
    {
        const std::lock_guard lock(callers_mutex_);
        if (const auto* found = callers_.find(key, at_any_time))
            return *found;
    }
    auto made = make_known(who);
    constexpr std::size_t around = 600; // nodes, control block, and an estimate of small members
    const std::lock_guard lock(callers_mutex_);
    callers_.put(key, made, for_ever, at_any_time, around + 4 * who.claims.size());
    return made;
}

std::shared_ptr<const decider::known_caller> decider::make_known(const vmcp::caller& who) const {
    const auto& policies = *rules_->policies;
    auto made = make_caller(rules_->settings, who.who.subject, who.claims, policies.view());
    known_caller out;
    std::string text;
    if (made) {
        cedar_caller seen = *made;
        if (!rules_->names_clients)
            seen.principal.uid.id.clear();
        text = decision_key(policies.version(), 0, cedar_operation::call_tool, seen);
        out.as_cedar = std::move(*made);
    } else {
        vmcp::log::debug("a caller is denied everything: {}", made.error().detail);
        text = "nobody " + std::to_string(policies.version());
    }
    out.policy_class = vmcp::base64url_encode(bytes_of(sha256(text)));
    return std::make_shared<const known_caller>(std::move(out));
}

std::string decider::policy_class(const vmcp::caller& who) {
    return known(who)->policy_class;
}

decider::verdict decider::decide(const vmcp::caller& who, use how, const thing& thing) {
    const auto operation = operation_of(how, thing.kind);
    if (!operation)
        return {};
    // By the name alone policies may permit what they forbid for what its server says of it. Then the answer to a made-up
    // name must not differ from the answer to one that is hidden.
    if (thing.kind == thing_kind::tool && thing.backend.empty() && rules_->sees_hints)
        return {};
    const auto caller = known(who);
    const bool can_keep = !thing.backend.empty() && is_object(thing.arguments) &&
                          (thing.arguments.empty() || !rules_->sees_arguments);
    if (!can_keep)
        return evaluate(*caller, target_of(*operation, thing));
    std::string key = caller->policy_class;
    key.push_back(static_cast<char>('0' + static_cast<int>(*operation)));
    append(key, thing.name);
    if (rules_->sees_hints)
        key.append(thing.annotations);
    if (const auto kept = decisions_.find(key))
        return {.allowed = kept->front()};
    const auto made = evaluate(*caller, target_of(*operation, thing));
    if (!made.failed)
        decisions_.put(std::move(key), std::make_shared<const std::vector<bool>>(1, made.allowed));
    return made;
}

decider::verdict decider::evaluate(const known_caller& who, const cedar_target& target) {
    if (!who.as_cedar)
        return {.failed = true};
    const auto& policies = *rules_->policies;
    const auto request = make_request(rules_->settings, *who.as_cedar, target, policies.view());
    if (!request) {
        vmcp::log::debug("denied: {}", request.error().detail);
        return {.failed = true};
    }
    const auto decision = policies.decide(*request);
    for (const auto& problem : decision.errors)
        tell(problem);
    return {.allowed = decision.allowed, .failed = !decision.errors.empty()};
}

decider::verdicts decider::decide_many(const vmcp::caller& who, use how, std::span<const thing> things) {
    verdicts denied{.allowed = std::vector<bool>(things.size())};
    const auto operation = things.empty() ? std::nullopt : operation_of(how, things.front().kind);
    if (!operation)
        return denied;
    const auto caller = known(who);
    auto key = key_of(*caller, *operation, things);
    if (const auto kept = lists_.find(key))
        return {.allowed = *kept};
    auto decided = caller->as_cedar ? evaluate_all(*caller->as_cedar, *operation, things)
                                    : policy_verdicts{.failure = "the caller cannot be told to policies"};
    for (const auto& error : decided.errors)
        tell(error.problem);
    if (!decided.failure.empty()) {
        if (caller->as_cedar)
            tell({.message = decided.failure});
        denied.failures = things.size();
        return denied;
    }
    lists_.put(std::move(key), std::make_shared<const std::vector<bool>>(decided.allowed));
    return {.allowed = std::move(decided.allowed), .failures = decided.errors.size()};
}

std::string decider::key_of(const known_caller& who, cedar_operation operation,
                            std::span<const thing> things) const {
    std::string text = who.policy_class;
    text.push_back(static_cast<char>('0' + static_cast<int>(operation)));
    for (const auto& one : things) {
        append(text, one.name);
        if (rules_->sees_hints)
            append(text, one.annotations);
    }
    return std::string(bytes_of(sha256(text)));
}

policy_verdicts decider::evaluate_all(const cedar_caller& who, cedar_operation operation,
                                      std::span<const thing> things) const {
    const auto& policies = *rules_->policies;
    const cedar_request request{.principal = who.principal,
                                .action = make_action(operation, policies.view()),
                                .context = who.context,
                                .made_for = who.made_for};
    std::vector<cedar_entity> resources;
    resources.reserve(things.size());
    for (const auto& one : things) {
        auto made = make_resource(rules_->settings,
                                  {.operation = operation, .name = one.name, .annotations = one.annotations},
                                  policies.view());
        if (!made)
            return {.failure = made.error().detail};
        resources.push_back(std::move(*made));
    }
    return policies.decide_many(request, resources);
}

void decider::tell(const policy_problem& problem) {
    const std::lock_guard lock(told_mutex_);
    const auto policy = problem.policy.value_or(std::numeric_limits<std::uint32_t>::max());
    if (told_.insert(policy).second)
        vmcp::log::warn("incomingAuth.authz: a policy could not be evaluated, which denies: {}",
                        vmcp::excerpt_of(format_problem(problem)));
}

} // namespace auth
