#include "vmcp/door/diagnosis.hpp"

#include "auth/discovery.hpp"
#include "auth/text.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

namespace vmcp {
namespace {

using auth::refusal;
using auth::rejection;
using kind = finding::kind;

auth::wall_time wall_now() {
    return std::chrono::system_clock::now();
}

// One run. Each step adds what it found, and says whether the next one makes sense.
class examination {
public:
    examination(const oidc_rules& rules, fetcher& from) : rules_(rules), from_(from) {}

    awaitable<diagnosis> run(const std::optional<std::string>& token) {
        add(kind::note, "rules",
            fmt::format("issuer {}, audience {}", rules_.issuer.issuer,
                        fmt::join(rules_.tokens.claims.audiences, ", ")));
        const auto keys = co_await read_keys();
        if (!token) {
            out_.let_in = keys.has_value() || rules_.introspection.has_value();
            co_return std::move(out_);
        }
        const auto said = co_await judge(*token, keys);
        if (said)
            add(kind::fine, "decision",
                fmt::format("let in as {} of {}", auth::shown(said->subject), said->issuer));
        else
            refuse(said.error());
        out_.let_in = said.has_value();
        co_return std::move(out_);
    }

private:
    void add(kind kind, std::string step, std::string text) {
        out_.findings.push_back({kind, std::move(step), std::move(text)});
    }

    // Where the keys are.
    awaitable<std::optional<std::string>> discover() {
        if (!rules_.issuer.jwks_uri.empty()) {
            add(kind::note, "discovery", "not needed: jwksUrl is configured");
            co_return rules_.issuer.jwks_uri;
        }
        auth::discovery machine(rules_.issuer.issuer, rules_.issuer.allow_http);
        auto step = machine.begin();
        while (step.what == auth::discovery_step::kind::fetch) {
            const auto got = co_await from_.fetch({.url = step.url});
            const auto url = std::exchange(step, machine.fetched(got, steady_clock::now())).url;
            if (step.what == auth::discovery_step::kind::done)
                add(kind::fine, "discovery", fmt::format("{} is the metadata of the issuer", url));
        }
        if (machine.metadata())
            co_return machine.metadata()->jwks_uri;
        add(kind::wrong, "discovery", step.problem);
        co_return std::nullopt;
    }

    awaitable<std::optional<auth::jwk_set>> read_keys() {
        const auto url = co_await discover();
        if (!url)
            co_return std::nullopt;
        const auto got = co_await from_.fetch({.url = *url});
        const auto document = auth::document_of(got);
        auto set = document ? auth::jwk_set::parse(*document) : auth::parsed<auth::jwk_set>(document.error());
        if (!set) {
            add(kind::wrong, "keys", fmt::format("{}: {}", *url, set.error().text));
            co_return std::nullopt;
        }
        add(set->keys().empty() ? kind::wrong : kind::fine, "keys",
            fmt::format("{} has {}; they are read again after {} s", *url,
                        count_of(set->keys().size(), "usable key"),
                        auth::freshness(got.cache_control).count()));
        for (const auto& why : set->dropped())
            add(kind::note, "keys", "left out: " + why);
        co_return std::move(*set);
    }

    awaitable<auth::verdict<auth::token_claims>> judge(const std::string& token,
                                                       const std::optional<auth::jwk_set>& keys) {
        const std::string field = "Bearer " + token;
        const std::string_view fields[] = {field};
        if (const auto read = auth::read_credentials(fields, {}, false); !read)
            co_return read.error();
        const bool jwt = auth::looks_like_jwt(token);
        add(kind::note, "token",
            fmt::format("{} of {}", jwt ? "a JWT" : "no JWT", count_of(token.size(), "byte")));
        auto claims = !jwt && rules_.introspection ? co_await introspect(token) : verify(token, keys);
        if (!claims)
            co_return claims.error();
        describe(*claims);
        note_binding(*claims);
        const auto missing = auth::missing_scopes(*claims, rules_.required_scopes);
        if (missing.empty())
            co_return std::move(*claims);
        co_return rejection{refusal::insufficient_scope, "it lacks " + auth::scope_list(missing)};
    }

    awaitable<auth::verdict<auth::token_claims>> introspect(const std::string& token) {
        const auto& ask = *rules_.introspection;
        const auto got = co_await from_.fetch(
            {.url = ask.url,
             .post = auth::make_introspection_request(token, ask.client_id, ask.client_secret)});
        auto claims = auth::judge_introspection(got, ask.rules, wall_now());
        if (claims)
            add(kind::fine, "issuer", fmt::format("{} says that it is active", ask.url));
        co_return claims;
    }

    auth::verdict<auth::token_claims> verify(const std::string& token,
                                             const std::optional<auth::jwk_set>& keys) {
        auto unverified = auth::read_token(token, rules_.tokens, wall_now());
        if (!unverified)
            return unverified.error();
        const auto& header = unverified->parts.header;
        add(kind::fine, "claims", "they are what is asked for, if the token is genuine");
        if (!keys)
            return rejection{refusal::unavailable, "the issuer's keys are not known", auth::seconds(1)};
        const auto choice = keys->choose(header.alg, header.key_id);
        if (choice.how != auth::jwk_set::match::one)
            return auth::rejection_of({.how = auth::key_answer::kind::unknown}, {header.alg, header.key_id});
        add(kind::fine, "key",
            fmt::format("{} for {}", header.key_id ? auth::shown(*header.key_id) : "the only one",
                        name_of(header.alg)));
        auto claims = auth::verify_token(std::move(*unverified), *choice.key);
        if (claims)
            add(kind::fine, "signature", "it is the issuer's");
        return claims;
    }

    void describe(const auth::token_claims& claims) {
        const auto left = std::chrono::duration_cast<auth::seconds>(claims.expiry - wall_now());
        add(kind::note, "claims",
            fmt::format("subject {}, {}, scopes {}", auth::shown(claims.subject),
                        left.count() >= 0 ? fmt::format("expires in {} s", left.count())
                                          : fmt::format("expired {} s ago, within the leeway", -left.count()),
                        claims.scopes.empty() ? "none" : auth::shown(auth::scope_list(claims.scopes))));
    }

    void note_binding(const auth::token_claims& claims) {
        if (claims.bound_to.key)
            add(kind::note, "binding",
                "it is bound to a key: each request needs a DPoP proof, which is not examined here");
    }

    void refuse(const rejection& why) {
        const auto answer =
            auth::answer_to(why, auth::token_scheme::bearer, rules_.challenge, rules_.required_scopes);
        add(kind::wrong, "decision", fmt::format("HTTP {}: {}", answer.status, why.detail));
        for (const auto& one : answer.www_authenticate)
            add(kind::note, "answer", "WWW-Authenticate: " + one);
    }

    const oidc_rules& rules_;
    fetcher& from_;
    diagnosis out_{};
};

} // namespace

awaitable<diagnosis> diagnose(const oidc_rules& rules, fetcher& from,
                              const std::optional<std::string>& token) {
    examination one(rules, from);
    co_return co_await one.run(token);
}

} // namespace vmcp
