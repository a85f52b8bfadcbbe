#include "auth/cedar/policy_engine.hpp"

#include "auth/cedar/c_request.hpp"
#include "auth/cedar/vmcp_cedar.h"

#include <atomic>
#include <utility>

namespace auth {
namespace {

constexpr std::string_view other_policies = "the request was made for other policies than these";

std::uint64_t next_version() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

// What a call of the engine found, freed at the end.
class answer {
public:
    answer() = default;
    answer(const answer&) = delete;
    answer& operator=(const answer&) = delete;
    ~answer() { vmcp_cedar_release(&raw_); }

    [[nodiscard]] vmcp_cedar_answer* out() noexcept { return &raw_; }
    [[nodiscard]] bool allowed() const noexcept { return raw_.allowed == 1 && raw_.problem_count == 0; }
    [[nodiscard]] std::span<const vmcp_cedar_problem> problems() const noexcept {
        return {raw_.problems, raw_.problem_count};
    }
    [[nodiscard]] std::span<const std::uint32_t> reasons() const noexcept {
        return {raw_.reasons, raw_.reason_count};
    }

private:
    vmcp_cedar_answer raw_{};
};

policy_problem problem_of(const vmcp_cedar_problem& raw) {
    policy_problem made{.line = raw.line, .column = raw.column, .message{raw.message.data, raw.message.size}};
    if (raw.policy != VMCP_CEDAR_NONE)
        made.policy = raw.policy;
    return made;
}

std::vector<policy_problem> problems_of(const answer& from) {
    std::vector<policy_problem> made;
    made.reserve(from.problems().size());
    for (const auto& problem : from.problems())
        made.push_back(problem_of(problem));
    return made;
}

std::vector<std::string> names_of(const vmcp_cedar_engine* engine, vmcp_cedar_names which) {
    std::vector<std::string> names;
    for (std::size_t index = 0;; ++index) {
        const auto name = vmcp_cedar_name(engine, static_cast<std::uint8_t>(which), index);
        if (name.data == nullptr)
            return names;
        names.emplace_back(name.data, name.size);
    }
}

policy_decision ask(const vmcp_cedar_engine* engine, const cedar_request& request, std::string_view json) {
    c_arrays arrays;
    const auto principal = arrays.entity(request.principal);
    const auto action = arrays.entity(request.action);
    const auto resource = arrays.entity(request.resource);
    const auto context = arrays.fields(request.context);
    const vmcp_cedar_request raw{&principal,     &action,        &resource,
                                 context.data(), context.size(), c_text(json)};
    answer found;
    vmcp_cedar_decide(engine, &raw, found.out());
    const auto reasons = found.reasons();
    return {found.allowed(), {reasons.begin(), reasons.end()}, problems_of(found)};
}

std::vector<vmcp_cedar_text> c_texts(const std::vector<std::string>& from) {
    std::vector<vmcp_cedar_text> made;
    made.reserve(from.size());
    for (const auto& text : from)
        made.push_back(c_text(text));
    return made;
}

} // namespace

std::string format_problem(const policy_problem& problem) {
    std::string text;
    if (problem.policy)
        text = "policies[" + std::to_string(*problem.policy) + "]";
    if (problem.line != 0)
        text.append(":")
            .append(std::to_string(problem.line))
            .append(":")
            .append(std::to_string(problem.column));
    if (!text.empty())
        text.append(": ");
    return text.append(problem.message);
}

void engine_deleter::operator()(vmcp_cedar_engine* engine) const noexcept {
    vmcp_cedar_destroy(engine);
}

policy_set::policy_set(engine_ptr engine)
    : engine_(std::move(engine))
    , attributes_(names_of(engine_.get(), VMCP_CEDAR_ATTRIBUTES))
    , entity_types_(names_of(engine_.get(), VMCP_CEDAR_ENTITY_TYPES))
    , version_(next_version()) {
    if (vmcp_cedar_sees_all(engine_.get()) == 0)
        view_ = cedar_view(attributes_, version_);
}

bool policy_set::fits(const cedar_request& request) const noexcept {
    return request.made_for == 0 || request.made_for == version_;
}

policy_decision policy_set::decide(const cedar_request& request) const {
    return decide(request, {});
}

policy_decision policy_set::decide(const cedar_request& request, std::string_view context_json) const {
    if (!fits(request))
        return {.errors{{.message = std::string(other_policies)}}};
    return ask(engine_.get(), request, context_json);
}

policy_verdicts policy_set::decide_many(const cedar_request& request,
                                        std::span<const cedar_entity> resources) const {
    policy_verdicts made{.allowed = std::vector<bool>(resources.size())};
    if (!fits(request))
        made.failure = other_policies;
    if (resources.empty() || !fits(request))
        return made;
    c_arrays arrays;
    const auto principal = arrays.entity(request.principal);
    const auto action = arrays.entity(request.action);
    const auto context = arrays.fields(request.context);
    const vmcp_cedar_request raw{&principal, &action, nullptr, context.data(), context.size(), c_text({})};
    std::vector<vmcp_cedar_entity> all;
    all.reserve(resources.size());
    for (const auto& resource : resources)
        all.push_back(arrays.entity(resource));
    std::vector<std::uint8_t> verdicts(resources.size());
    answer found;
    vmcp_cedar_decide_many(engine_.get(), &raw, all.data(), all.size(), verdicts.data(), found.out());
    for (std::size_t index = 0; index < verdicts.size(); ++index)
        made.allowed[index] = verdicts[index] == 1;
    for (const auto& problem : found.problems()) {
        if (problem.item == VMCP_CEDAR_NONE)
            made.failure = format_problem(problem_of(problem));
        else
            made.errors.push_back({problem.item, problem_of(problem)});
    }
    return made;
}

std::vector<policy_problem> policy_set::check_against(std::string_view schema) const {
    answer found;
    vmcp_cedar_lint(engine_.get(), c_text(schema), found.out());
    return problems_of(found);
}

compiled_policies compile_policies(const policy_source& source) {
    const auto policies = c_texts(source.policies);
    const auto types = c_texts(source.types);
    answer found;
    engine_ptr engine(vmcp_cedar_compile(policies.data(), policies.size(), c_text(source.entities_json),
                                         types.data(), types.size(), found.out()));
    if (engine == nullptr)
        return {nullptr, problems_of(found)};
    return {std::make_shared<const policy_set>(std::move(engine)), {}};
}

} // namespace auth
