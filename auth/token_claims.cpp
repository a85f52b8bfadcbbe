#include "auth/token_claims.hpp"

#include "auth/json_object.hpp"
#include "auth/numeric_date.hpp"
#include "auth/text.hpp"

#include <algorithm>
#include <string_view>

namespace auth {
namespace {

constexpr std::size_t max_subject = 1024; // bytes; every session keeps a copy

rejection invalid(std::string detail) {
    return {refusal::invalid_token, std::move(detail)};
}

rejection invalid(const flaw& problem) {
    return invalid("the token's claims cannot be used: " + problem.text);
}

std::string whole_seconds(wall_time::duration span) {
    return std::to_string(std::chrono::duration_cast<seconds>(span).count()) + " s";
}

// Each step reads some claims of `from` into `out` and objects, or does not.
using objection = std::optional<rejection>;

struct reading {
    const json_object& from;
    const claim_rules& rules;
    claim_source source;
    wall_time now;
    token_claims& out;
};

objection read_issuer(const reading& at) {
    auto issuer = at.from.string("iss");
    if (!issuer)
        return invalid(issuer.error());
    if (!*issuer && at.source == claim_source::token)
        return invalid("the token has no 'iss'");
    if (*issuer && **issuer != at.rules.issuer)
        return invalid("the token's issuer is " + shown(**issuer) + ", expected " + shown(at.rules.issuer));
    at.out.issuer = at.rules.issuer;
    return std::nullopt;
}

objection read_audience(const reading& at) {
    auto audience = at.from.string_or_strings("aud");
    if (!audience)
        return invalid(audience.error());
    if (!*audience)
        return invalid("the token has no 'aud'");
    const auto& ours = at.rules.audiences;
    const auto is_ours = [&](const std::string& one) {
        return std::find(ours.begin(), ours.end(), one) != ours.end();
    };
    if (std::none_of((*audience)->begin(), (*audience)->end(), is_ours))
        return invalid("the token is for " + ((*audience)->empty() ? "nobody" : shown((*audience)->front())) +
                       ((*audience)->size() > 1 ? " and others" : "") + ", expected " +
                       (ours.empty() ? "nobody" : shown(ours.front())));
    at.out.audience = std::move(**audience);
    return std::nullopt;
}

objection read_times(const reading& at) {
    const auto expiry = numeric_date(at.from, "exp");
    const auto not_before = numeric_date(at.from, "nbf");
    const auto issued = numeric_date(at.from, "iat");
    for (const auto* one : {&expiry, &not_before, &issued}) {
        if (!*one)
            return invalid(one->error());
    }
    if (!*expiry && at.source == claim_source::token)
        return invalid("the token has no 'exp'");
    at.out.expiry = expiry->value_or(at.now + unsaid_lifetime);
    if (at.now >= at.out.expiry + at.rules.leeway)
        return invalid("the token expired " + whole_seconds(at.now - at.out.expiry) + " ago");
    if (*not_before && at.now + at.rules.leeway < **not_before)
        return invalid("the token is valid only in " + whole_seconds(**not_before - at.now));
    if (*issued && at.now + at.rules.leeway < **issued)
        return invalid("the token was issued " + whole_seconds(**issued - at.now) + " in the future");
    return std::nullopt;
}

objection read_subject(const reading& at) {
    auto subject = at.from.string("sub");
    if (subject && !*subject && at.rules.fallback == subject_fallback::client_id)
        subject = at.from.string("client_id");
    if (!subject)
        return invalid(subject.error());
    if (!*subject || (*subject)->empty())
        return invalid("the token has no 'sub'");
    if ((*subject)->size() > max_subject || has_control(**subject))
        return invalid("the token's 'sub' is longer than 1024 bytes or holds control characters");
    at.out.subject = std::move(**subject);
    return std::nullopt;
}

// RFC 9068 section 2.2.3 has `scope`; others have `scp`, and both come as a list of words or as an array.
objection read_scopes(const reading& at) {
    const std::string_view name = at.from.has("scope") ? "scope" : "scp";
    const auto scopes = at.from.string_or_strings(name);
    if (!scopes)
        return invalid(scopes.error());
    if (!*scopes)
        return std::nullopt;
    for (const std::string_view words : **scopes) {
        for (std::size_t from = 0; from < words.size();) {
            const auto end = std::min(words.find(' ', from), words.size());
            if (end > from)
                at.out.scopes.emplace_back(words.substr(from, end - from));
            from = end + 1;
        }
    }
    return std::nullopt;
}

objection read_confirmation(const reading& at) {
    const auto slice = at.from.find("cnf");
    if (slice.empty())
        return std::nullopt;
    const auto members = json_object::parse(slice.raw);
    if (!members)
        return invalid("the token's 'cnf' is no object");
    auto key = members->string("jkt");
    auto certificate = members->string("x5t#S256");
    if (!key)
        return invalid(key.error());
    if (!certificate)
        return invalid(certificate.error());
    at.out.bound_to = {std::move(*key), std::move(*certificate)};
    if (at.out.bound_to.empty())
        return invalid("the token is bound ('cnf') in a way that vmcp cannot check");
    if (at.out.bound_to.key && !at.rules.checks_dpop)
        return invalid("the token is bound to a DPoP key, and DPoP is not switched on");
    if (at.out.bound_to.certificate && !at.rules.checks_certificates)
        return invalid("the token is bound to a client certificate, and these are not checked");
    return std::nullopt;
}

// Other tokens of the same issuer, signed with the same keys (RFC 8725 section 3.12): the hashes stand in ID
// tokens only (OpenID Connect Core section 3.3.2.11), the events in security events such as logout tokens
// (RFC 8417).
objection refuse_other_kinds(const reading& at) {
    if (at.source == claim_source::introspection)
        return std::nullopt;
    if (at.from.has("at_hash") || at.from.has("c_hash"))
        return invalid("the token is an ID token, which is for the client and not for us");
    if (at.from.find("events").kind == vmcp::json_kind::object && at.from.has("events"))
        return invalid("the token is a security event, such as a logout, and grants nothing");
    return std::nullopt;
}

} // namespace

verdict<token_claims> judge_claims(std::string json, const claim_rules& rules, claim_source source,
                                   wall_time now) {
    const auto object = json_object::parse(json);
    if (!object)
        return invalid(object.error());
    token_claims out;
    const reading at{*object, rules, source, now, out};
    for (const auto step : {refuse_other_kinds, read_issuer, read_audience, read_times, read_subject,
                            read_scopes, read_confirmation}) {
        if (auto objects = step(at))
            return std::move(*objects);
    }
    out.json = std::move(json);
    return out;
}

std::vector<std::string> missing_scopes(const token_claims& claims, std::span<const std::string> required) {
    std::vector<std::string> out;
    for (const auto& one : required) {
        if (std::find(claims.scopes.begin(), claims.scopes.end(), one) == claims.scopes.end())
            out.push_back(one);
    }
    return out;
}

} // namespace auth
