#include "vmcp/door/oidc_authenticator.hpp"

#include "auth/jwt.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/log.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace vmcp {

using auth::refusal;
using auth::shared_verdict;

namespace {

// A token whose signature was wrong is refused so long without another check; one whose signature was right is checked again
// so long, at most, without drawing on the budget for forged tokens.
constexpr std::chrono::seconds refused_for(60);
constexpr std::chrono::hours proven_for(24);

auth::wall_time wall_now() {
    return std::chrono::system_clock::now();
}

// The values of all Authorization fields, without blanks around them.
std::vector<std::string_view> authorization_of(const credentials_view& from) {
    std::vector<std::string_view> out;
    from.each_field("Authorization", [&out](std::string_view value) { out.push_back(value); });
    return out;
}

errc errc_of(std::uint16_t status) {
    switch (status) {
    case 400:
        return errc::bad_request;
    case 403:
        return errc::forbidden;
    case 429:
        return errc::too_many_requests;
    case 503:
        return errc::identity_unknown;
    default:
        return errc::unauthorized;
    }
}

// The budget for forged tokens, as this request may use it. On a worker.
class check_budget {
public:
    check_budget(auth::verification_budget& all, const credentials_view& from)
        : all_(all)
        , peer_(from.peer ? from.peer() : std::string())
        , worker_(transport::worker::current().index()) {}

    [[nodiscard]] auth::check_leave ask() const { return all_.ask(peer_, worker_, steady_clock::now()); }
    void charge(auth::check_cost cost) const { all_.charge(peer_, worker_, cost, steady_clock::now()); }
    void refund(auth::check_cost cost) const { all_.refund(peer_, worker_, cost, steady_clock::now()); }

private:
    auth::verification_budget& all_;
    std::string peer_;
    unsigned worker_;
};

auth::rejection without_scopes(const std::vector<std::string>& missing) {
    return {refusal::insufficient_scope, "the token does not grant: " + auth::scope_list(missing)};
}

} // namespace

oidc_authenticator::oidc_authenticator(oidc_rules rules, std::shared_ptr<fetcher> from,
                                       transport::worker& home, door_counters& counters)
    : rules_(std::move(rules))
    , from_(std::move(from))
    , counters_(counters)
    , keys_(std::make_shared<key_keeper>(home, from_, rules_.issuer)) {
    if (rules_.introspection)
        introspector_ = std::make_unique<introspector>(from_, *rules_.introspection);
    if (!rules_.proofs_for.empty())
        possession_ = std::make_unique<possession>(rules_.proofs_for,
                                                   rules_.proofs_have_nonces ? make_nonces() : nullptr);
}

awaitable<oidc_authenticator::outcome> oidc_authenticator::authenticate(const credentials_view& from) {
    const auto self = shared_from_this(); // a reload may let go of it meanwhile
    const auto fields = authorization_of(from);
    const auto sent = auth::read_credentials(fields, from.query, possession_ != nullptr);
    if (!sent)
        co_return refuse(sent.error(), auth::token_scheme::bearer);
    const auto digest = auth::sha256(sent->token);
    shared_verdict said = remembered(digest);
    if (!*said)
        said = co_await judge(from, sent->token, digest);
    if (!said)
        co_return refuse(said.error(), sent->scheme);
    if (const auto missing = lacking((*said)->who->scopes, rules_.required_scopes); !missing.empty())
        co_return refuse(without_scopes(missing), sent->scheme);
    const auto proved = possession_ ? possession_->check(from, *sent, (*said)->bound_to)
                                    : check_certificate(from, (*said)->bound_to);
    if (!proved)
        co_return refuse(proved.error(), sent->scheme);
    counters_.accept(from.early);
    co_return (*said)->who;
}

// Whose token this is, where it was verified a moment ago with keys that are still in force; else null.
std::shared_ptr<const auth::verified_caller>
oidc_authenticator::remembered(const auth::sha256_digest& digest) {
    const auto keys = keys_->keys();
    return keys ? verified_.find(digest, keys->generation, steady_clock::now()) : nullptr;
}

awaitable<shared_verdict> oidc_authenticator::judge(const credentials_view& from, std::string_view token,
                                                    const auth::sha256_digest& digest) {
    return introspector_ && !auth::looks_like_jwt(token) ? introspect(from, token, digest)
                                                         : verify(from, token, digest);
}

// The claims of a token are looked at first, which costs little. Only a token that could be good costs a signature
// check, and only while the budget for forged tokens is not spent.
awaitable<shared_verdict> oidc_authenticator::verify(const credentials_view& from, std::string_view token,
                                                     const auth::sha256_digest& digest) {
    if (refused_lately(digest))
        co_return auth::rejection{refusal::invalid_token, "the token was refused a moment ago"};
    auto unverified = auth::read_token(token, rules_.tokens, wall_now());
    if (!unverified)
        co_return unverified.error();
    const check_budget budget(budget_, from);
    // A token that was good before needs no budget: else its caller would wait behind an attacker at the same address
    // as soon as the token is not remembered any more.
    const bool proven = proven_.contains(digest, 0, steady_clock::now());
    if (const auto leave = budget.ask(); !proven && leave.how != auth::check_leave::kind::granted)
        co_return not_now(leave);
    const auth::key_query query{unverified->parts.header.alg, unverified->parts.header.key_id};
    const auto answer = co_await keys_->ask(query);
    if (answer.how != auth::key_answer::kind::found) {
        if (keys_->keys()) // without any keys it is the issuer's fault, not the caller's
            budget.charge(auth::unknown_key_cost);
        co_return auth::rejection_of(answer, query);
    }
    auto claims = auth::verify_token(std::move(*unverified), *answer.key);
    if (!claims) {
        ++counters_.signatures_wrong;
        budget.charge(auth::cost_of(query.alg));
        const auto now = steady_clock::now();
        refused_.put(digest, answer.keys->generation, now + refused_for, now);
        co_return claims.error();
    }
    ++counters_.signatures_right;
    if (const auto now = steady_clock::now(); !proven)
        proven_.put(digest, 0,
                    now + std::min<steady_clock::duration>(claims->expiry - wall_now(), proven_for), now);
    auto caller = auth::make_verified_caller(std::move(*claims), token);
    verified_.put(digest, caller, answer.keys->generation, steady_clock::now(), wall_now());
    co_return caller;
}

bool oidc_authenticator::refused_lately(const auth::sha256_digest& digest) {
    const auto keys = keys_->keys();
    const bool known = keys && refused_.contains(digest, keys->generation, steady_clock::now());
    if (known)
        ++counters_.refused_again;
    return known;
}

auth::rejection oidc_authenticator::not_now(const auth::check_leave& leave) {
    const bool of_peer = leave.how == auth::check_leave::kind::peer_spent;
    ++(of_peer ? counters_.spent_by_peer : counters_.spent_by_worker);
    return {of_peer ? refusal::too_many : refusal::unavailable,
            of_peer ? "too many tokens of this address were forged, or are being asked about"
                    : "too many forged tokens came: no more are checked for a moment",
            leave.wait};
}

// A question costs the issuer something, and there can only be so many at a time. The budget is charged as long as a
// question is open, so that made-up tokens cannot take all places before the first answer comes; and for good if the
// token turns out to be none.
awaitable<shared_verdict> oidc_authenticator::introspect(const credentials_view& from, std::string_view token,
                                                         const auth::sha256_digest& digest) {
    if (auto known = co_await introspector_->find(digest))
        co_return *std::move(known);
    const check_budget budget(budget_, from);
    const bool proven = proven_.contains(digest, 0, steady_clock::now());
    if (!proven) {
        if (const auto leave = budget.ask(); leave.how != auth::check_leave::kind::granted)
            co_return not_now(leave);
        budget.charge(auth::question_cost);
    }
    auto said = co_await introspector_->ask(std::string(token), digest, proven);
    if (!proven && (said || said.error().why != refusal::invalid_token))
        budget.refund(auth::question_cost);
    if (const auto now = steady_clock::now(); said && !proven)
        proven_.put(digest, 0, now + proven_for, now);
    co_return said;
}

challenge oidc_authenticator::refuse(const auth::rejection& why, auth::token_scheme scheme) {
    counters_.refuse(why.why);
    // Any client can cause the other refusals. That tokens cannot be checked is for the operator to know; once a minute
    // is enough.
    constexpr auto pause = std::chrono::minutes(1);
    const auto now = steady_clock::now().time_since_epoch();
    auto last = warned_.load();
    if (why.why == refusal::unavailable && (last == 0 || now - steady_clock::duration(last) > pause) &&
        warned_.compare_exchange_strong(last, now.count()))
        log::warn("a request was answered 503: {}", why.detail);
    else
        log::debug("a request was not let in: {}", why.detail);
    const auto answer = auth::answer_to(why, scheme, rules_.challenge, rules_.required_scopes);
    challenge out{.why = fail(errc_of(answer.status), std::string(answer.text))};
    for (const auto& one : answer.www_authenticate)
        out.fields.emplace_back("WWW-Authenticate", one);
    if (why.why == refusal::use_dpop_nonce)
        out.fields.emplace_back("DPoP-Nonce", possession_->nonce());
    if (answer.retry_after)
        out.fields.emplace_back("Retry-After", std::to_string(answer.retry_after->count()));
    return out;
}

} // namespace vmcp
