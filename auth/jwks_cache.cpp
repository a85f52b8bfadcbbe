#include "auth/jwks_cache.hpp"

#include "auth/text.hpp"

#include <algorithm>
#include <utility>

namespace auth {
namespace {

using kind = key_answer::kind;

constexpr milliseconds crowded_pause{1'000}; // for those who find too many waiting already

key_answer unavailable(milliseconds retry_after) {
    key_answer out;
    out.retry_after = std::max(retry_after, milliseconds{1});
    return out;
}

key_answer unknown() {
    key_answer out;
    out.how = kind::unknown;
    return out;
}

// An id is unknown for one algorithm: a forged token must not make a good id unknown for the others.
std::string name_of(const key_query& query) {
    return std::string(name_of(query.alg)) + (query.key_id ? ":" + *query.key_id : "");
}

milliseconds between(steady_time from, steady_time to) {
    return std::chrono::ceil<milliseconds>(to - from);
}

} // namespace

rejection rejection_of(const key_answer& answer, const key_query& query) {
    if (answer.how == kind::unknown)
        return {refusal::invalid_token,
                query.key_id ? "the issuer has no key, or several, for the token's 'kid' " +
                                   shown(*query.key_id) + " and algorithm " + std::string(name_of(query.alg))
                             : "the token names no key, and the issuer has not exactly one for algorithm " +
                                   std::string(name_of(query.alg))};
    return {refusal::unavailable, "the issuer's keys cannot be had right now",
            std::chrono::ceil<seconds>(answer.retry_after)};
}

void jwks_cache::start(steady_time now, jwks_step& out) {
    wanted_ = true;
    tick(now, out);
}

key_answer jwks_cache::ask(const key_query& query, steady_time now, jwks_step& out) {
    wanted_ = true;
    drop_overaged(now, out);
    if (!keys_)
        return first(query, now, out);
    switch (keys_->set.choose(query.alg, query.key_id).how) {
    case jwk_set::match::one:
        return look_up(query);
    case jwk_set::match::several:
        return unknown();
    case jwk_set::match::none:
        break;
    }
    return miss(query, now, out);
}

key_answer jwks_cache::look_up(const key_query& query) const {
    const auto choice = keys_->set.choose(query.alg, query.key_id);
    if (choice.how != jwk_set::match::one)
        return unknown();
    key_answer out;
    out.how = kind::found;
    out.keys = keys_;
    out.key = choice.key;
    return out;
}

key_answer jwks_cache::miss(const key_query& query, steady_time now, jwks_step& out) {
    if (unknown_.find(name_of(query), now) != nullptr)
        return unknown();
    const bool late = fetching_;
    if (!late) {
        if (const auto earliest = next_miss(now); earliest > now)
            return unavailable(between(now, earliest));
        missed_at_ = now;
        begin(out);
    }
    return enqueue(query, late, now);
}

// When the set may be read again because of a key that it lacks.
steady_time jwks_cache::next_miss(steady_time now) const {
    const auto earliest = failures_ > 0 ? next_try_ : now;
    return missed_at_ ? std::max(earliest, *missed_at_ + settings_.miss_spacing) : earliest;
}

// There is no set yet, or none any more.
key_answer jwks_cache::first(const key_query& query, steady_time now, jwks_step& out) {
    const bool late = fetching_;
    if (!late && now >= due())
        begin(out);
    if (!fetching_ && failures_ >= settings_.patience)
        return unavailable(between(now, next_try_));
    return enqueue(query, late, now);
}

key_answer jwks_cache::enqueue(const key_query& query, bool late, steady_time now) {
    if (waiters_.size() >= settings_.max_waiters)
        return unavailable(crowded_pause);
    waiters_.push_back({++last_ticket_, query, now + settings_.max_wait, late});
    key_answer out;
    out.how = kind::wait;
    out.ticket = last_ticket_;
    out.until = waiters_.back().until;
    return out;
}

void jwks_cache::begin(jwks_step& out) {
    fetching_ = true;
    for (auto& one : waiters_)
        one.late = false;
    out.fetch = true;
}

parsed<void> jwks_cache::loaded(std::string_view document, std::string_view cache_control, steady_time now,
                                jwks_step& out) {
    const auto digest = sha256(document);
    if (!keys_ || digest != document_) {
        auto set = jwk_set::parse(document);
        if (!set) {
            failed(now, out);
            return set.error();
        }
        keys_ = std::make_shared<const issuer_key_set>(issuer_key_set{++generation_, std::move(*set)});
        document_ = digest;
        out.changed = true;
    }
    fetching_ = false;
    failures_ = 0;
    loaded_at_ = now;
    const double share = settings_.refresh_share - 0.1 * std::clamp(settings_.jitter, 0.0, 1.0);
    refresh_at_ = now + std::chrono::duration_cast<milliseconds>(freshness(cache_control) * share);
    answer(std::exchange(waiters_, {}), now, out);
    return {};
}

// Whoever came too late to be told that there is no such key waits for the next reading, if that may begin now.
void jwks_cache::answer(const std::vector<waiter>& asked, steady_time now, jwks_step& out) {
    std::vector<waiter> late;
    for (const auto& one : asked) {
        auto found = look_up(one.query);
        if (found.how == kind::unknown && one.late) {
            late.push_back(one);
            continue;
        }
        if (found.how == kind::unknown)
            unknown_.put(name_of(one.query), true, now + settings_.unknown_for, now);
        out.answers.emplace_back(one.ticket, std::move(found));
    }
    const auto earliest = next_miss(now);
    if (!late.empty() && earliest <= now) {
        waiters_ = std::move(late);
        missed_at_ = now;
        return begin(out);
    }
    for (const auto& one : late)
        out.answers.emplace_back(one.ticket, unavailable(between(now, earliest)));
}

void jwks_cache::failed(steady_time now, jwks_step& out) {
    fetching_ = false;
    ++failures_;
    next_try_ = now + retry_pause(failures_);
    if (keys_ || failures_ >= settings_.patience)
        answer_all_unavailable(now, out);
}

void jwks_cache::answer_all_unavailable(steady_time now, jwks_step& out) {
    for (const auto& one : waiters_)
        out.answers.emplace_back(one.ticket, unavailable(between(now, next_try_)));
    waiters_.clear();
}

void jwks_cache::tick(steady_time now, jwks_step& out) {
    drop_overaged(now, out);
    // Tickets are given in order of time, and all wait equally long.
    const auto alive =
        std::find_if(waiters_.begin(), waiters_.end(), [&](const waiter& one) { return one.until > now; });
    for (auto at = waiters_.begin(); at != alive; ++at)
        out.answers.emplace_back(at->ticket, unavailable(crowded_pause));
    waiters_.erase(waiters_.begin(), alive);
    if (wanted_ && !fetching_ && now >= due())
        begin(out);
}

void jwks_cache::forget(std::uint64_t ticket) {
    std::erase_if(waiters_, [&](const waiter& one) { return one.ticket == ticket; });
}

void jwks_cache::drop_overaged(steady_time now, jwks_step& out) {
    if (keys_ && now - loaded_at_ > settings_.stale_limit) {
        keys_.reset();
        out.changed = true;
    }
}

// When the next reading is due, whether there is a set or not.
steady_time jwks_cache::due() const {
    if (failures_ > 0)
        return next_try_;
    return keys_ ? refresh_at_ : steady_time::min();
}

std::optional<steady_time> jwks_cache::wake() const {
    std::optional<steady_time> out;
    const auto sooner = [&](steady_time at) { out = out ? std::min(*out, at) : at; };
    if (wanted_ && !fetching_)
        sooner(due());
    if (!waiters_.empty())
        sooner(waiters_.front().until);
    if (keys_)
        sooner(loaded_at_ + settings_.stale_limit + milliseconds{1});
    return out;
}

} // namespace auth
