#include "auth/tokens/token_steps.hpp"

#include "auth/json_object.hpp"
#include "vmcp/base/base64url.hpp"

#include <algorithm>

namespace auth {

using way = token_plan::way;

bool token_steps::possible(const token_plan& plan, bool has_subject) noexcept {
    if (has_subject || plan.how == way::client_credentials)
        return true;
    // Probes and readings of lists are the gateway's own requests.
    return plan.how == way::exchange ? plan.endpoint.has_proof() : plan.target.has_proof();
}

token_steps::step token_steps::start(const token_moment& when) {
    const own_terms own{.audience = plan_.audience, .resource = plan_.resource, .scopes = plan_.scopes};
    if (plan_.how == way::client_credentials || subject_.empty()) {
        last_ = asked::own_token;
        const auto& at = plan_.how == way::id_jag ? plan_.target : plan_.endpoint;
        const auto terms = plan_.how == way::id_jag ? own_terms{.scopes = plan_.scopes} : own;
        return {.ask = client_credentials_request(at, terms, when)};
    }
    const bool for_assertion = plan_.how == way::id_jag;
    last_ = for_assertion ? asked::assertion : asked::exchange;
    return {.ask = exchange_request(
                plan_.endpoint,
                {.subject_token = subject_,
                 .subject_token_type = plan_.subject_token_type,
                 .requested_token_type = std::string(for_assertion ? type_id_jag : type_access_token),
                 .audience = plan_.audience,
                 .resource = plan_.resource,
                 .scopes = plan_.scopes},
                when)};
}

token_steps::step token_steps::answered(const fetch_result& from, const token_moment& when) {
    if (last_ == asked::assertion)
        return exchanged(from, when);
    const answer_rules rules{.needs_issued_type = last_ == asked::exchange};
    return {.done = read_token_answer(from, rules, secrets())};
}

token_steps::step token_steps::exchanged(const fetch_result& from, const token_moment& when) {
    auto made = read_token_answer(
        from, {.token_type = "N_A", .needs_issued_type = true, .issued_type = type_id_jag}, secrets());
    if (!made)
        return {.done = made.error()};
    if (const auto problem = assertion_problem(made->value, plan_.audience, plan_.resource))
        return {.done = token_refusal{.text = "the identity provider's assertion " + *problem}};
    last_ = asked::grant;
    assertion_ = std::move(made->value);
    return {.ask = jwt_bearer_request(plan_.target, assertion_, plan_.scopes, when)};
}

std::vector<std::string> token_steps::secrets() const {
    std::vector<std::string> out;
    for (const auto& one : {subject_, assertion_, plan_.endpoint.client_secret, plan_.target.client_secret})
        if (!one.empty())
            out.push_back(one);
    return out;
}

std::optional<std::string> assertion_problem(std::string_view assertion, std::string_view audience,
                                             std::string_view resource) {
    const auto first = assertion.find('.');
    const auto second = first == std::string_view::npos ? first : assertion.find('.', first + 1);
    if (second == std::string_view::npos)
        return "is no JWT";
    const auto payload = vmcp::base64url_decode(assertion.substr(first + 1, second - first - 1));
    const auto claims = payload ? json_object::parse(*payload) : parsed<json_object>(flawed(""));
    if (!claims)
        return "is no JWT";
    const auto texts_of = [&](std::string_view name) {
        const auto found = claims->string_or_strings(name);
        return found && *found ? **found : std::vector<std::string>();
    };
    const auto audiences = texts_of("aud");
    if (audiences.size() != 1 || audiences.front() != audience)
        return "is not for targetAudience, and for that alone";
    const auto resources = texts_of("resource");
    if (!resource.empty() && std::ranges::find(resources, resource) == resources.end())
        return "does not name targetResource";
    return std::nullopt;
}

} // namespace auth
