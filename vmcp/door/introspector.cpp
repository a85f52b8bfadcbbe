#include "vmcp/door/introspector.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>
#include <vector>

namespace vmcp {

using auth::shared_verdict;
using kind = auth::introspection_cache::reply::kind;

namespace {

// A little more than a fetch may take.
constexpr std::chrono::milliseconds patience{11'000};

shared_verdict unavailable(std::string why) {
    return auth::rejection{auth::refusal::unavailable, std::move(why), std::chrono::seconds(1)};
}

} // namespace

introspector::introspector(std::shared_ptr<fetcher> from, introspection_settings settings)
    : from_(std::move(from))
    , settings_(std::move(settings)) {
}

awaitable<std::optional<shared_verdict>> introspector::find(auth::sha256_digest digest) {
    std::optional<reply> found;
    waiting for_what;
    {
        const std::lock_guard hold(mutex_);
        found = cache_.find(digest, steady_clock::now());
        if (found)
            for_what = enlist(*found);
    }
    if (!found)
        co_return std::nullopt;
    co_return co_await answer(*std::move(found), digest, std::move(for_what));
}

awaitable<shared_verdict> introspector::ask(std::string token, auth::sha256_digest digest, bool proven) {
    reply found;
    waiting for_what;
    {
        const std::lock_guard hold(mutex_);
        found = cache_.ask(digest, proven, steady_clock::now());
        for_what = enlist(found);
    }
    if (found.how != kind::ask)
        co_return co_await answer(std::move(found), digest, std::move(for_what));
    // Other requests with this token wait for this answer, so that there is one even after a bug.
    auto said = unavailable("a bug: see the log");
    try {
        said = co_await question(token);
    } catch (...) {
        answered(digest, said);
        throw;
    }
    answered(digest, said);
    co_return said;
}

// Under mutex_. Null: there is nothing to wait for.
introspector::waiting introspector::enlist(const reply& as) {
    if (as.how != kind::wait)
        return nullptr;
    return waiting_.emplace(as.ticket, std::make_shared<promised<shared_verdict>>()).first->second;
}

awaitable<shared_verdict> introspector::answer(reply from, auth::sha256_digest digest, waiting for_what) {
    if (from.how == kind::known)
        co_return *std::move(from.said);
    if (from.how == kind::wait)
        co_return co_await wait(digest, from.ticket, std::move(for_what));
    co_return unavailable("too many questions to the issuer at a time");
}

awaitable<shared_verdict> introspector::question(const std::string& token) {
    const auto answer = co_await from_->fetch(
        {.url = settings_.url,
         .post = auth::make_introspection_request(token, settings_.client_id, settings_.client_secret)});
    auto claims = auth::judge_introspection(answer, settings_.rules, std::chrono::system_clock::now());
    if (!claims)
        co_return claims.error();
    co_return auth::make_verified_caller(std::move(*claims), token);
}

void introspector::answered(const auth::sha256_digest& digest, const shared_verdict& said) {
    std::vector<waiting> told;
    {
        const std::lock_guard hold(mutex_);
        for (const auto ticket :
             cache_.answered(digest, said, steady_clock::now(), std::chrono::system_clock::now()))
            if (auto found = waiting_.extract(ticket))
                told.push_back(std::move(found.mapped()));
    }
    for (const auto& one : told)
        one->set(said);
}

awaitable<shared_verdict> introspector::wait(auth::sha256_digest digest, std::uint64_t ticket,
                                             waiting for_what) {
    const auto said =
        co_await for_what->get(co_await boost::asio::this_coro::executor, steady_clock::now() + patience);
    if (said)
        co_return *said;
    const std::lock_guard hold(mutex_);
    cache_.forget(digest, ticket);
    waiting_.erase(ticket);
    co_return unavailable("the issuer did not answer in time");
}

} // namespace vmcp
