#include "vmcp/door/introspector.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>
#include <vector>

namespace vmcp {

using auth::shared_verdict;

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

awaitable<shared_verdict> introspector::ask(std::string token, auth::sha256_digest digest) {
    using kind = auth::introspection_cache::reply::kind;
    auth::introspection_cache::reply reply;
    waiting for_what;
    {
        const std::lock_guard hold(mutex_);
        reply = cache_.ask(digest, steady_clock::now());
        if (reply.how == kind::wait)
            for_what =
                waiting_.emplace(reply.ticket, std::make_shared<promised<shared_verdict>>()).first->second;
    }
    switch (reply.how) {
    case kind::known:
        co_return *reply.said;
    case kind::wait:
        co_return co_await wait(digest, reply.ticket, for_what);
    case kind::crowded:
        co_return unavailable("too many questions to the issuer at a time");
    case kind::ask:
        break;
    }
    // Others wait for what comes of it, whatever that is.
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
