#include "vmcp/outgoing/token_vault.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <utility>
#include <vector>

namespace vmcp {

using auth::credential_result;
using auth::token_refusal;

namespace {

// A little more than the call that gets the token may take.
constexpr std::chrono::milliseconds patience{46'000};

} // namespace

token_vault::token_vault(auth::token_cache_bounds bounds) : cache_(bounds) {
}

awaitable<credential_result> token_vault::get(auth::sha256_digest key, way how) {
    using kind = auth::token_cache::reply::kind;
    auth::token_cache::reply reply;
    waiting for_what;
    {
        const std::lock_guard hold(mutex_);
        reply = cache_.ask(key, steady_clock::now());
        if (reply.how == kind::wait)
            for_what =
                waiting_.emplace(reply.ticket, std::make_shared<promised<credential_result>>()).first->second;
    }
    switch (reply.how) {
    case kind::known:
        co_return *std::move(reply.said);
    case kind::wait:
        co_return co_await wait(key, reply.ticket, for_what);
    case kind::crowded:
        co_return token_refusal{.text = "too many tokens are being obtained at a time"};
    case kind::fetch:
        break;
    }
    // Others wait for this result, so that there is one even after a bug.
    credential_result said = token_refusal{.text = "a bug: see the log"};
    auth::seconds keep{0};
    try {
        auto got = co_await how();
        if (got) {
            said = std::move(got->what);
            keep = got->keep;
        } else {
            said = got.error();
        }
    } catch (...) {
        fetched(key, said, keep);
        throw;
    }
    fetched(key, said, keep);
    co_return said;
}

awaitable<credential_result> token_vault::wait(auth::sha256_digest key, std::uint64_t ticket,
                                               waiting for_what) {
    auto said =
        co_await for_what->get(co_await boost::asio::this_coro::executor, steady_clock::now() + patience);
    if (said)
        co_return *std::move(said);
    const std::lock_guard hold(mutex_);
    cache_.forget(key, ticket);
    waiting_.erase(ticket);
    co_return token_refusal{.text = "the token endpoint did not answer in time"};
}

void token_vault::fetched(const auth::sha256_digest& key, const credential_result& said, auth::seconds keep) {
    std::vector<waiting> told;
    {
        const std::lock_guard hold(mutex_);
        for (const auto ticket : cache_.fetched(key, said, keep, steady_clock::now()))
            if (auto found = waiting_.extract(ticket))
                told.push_back(std::move(found.mapped()));
    }
    for (const auto& one : told)
        one->set(said);
}

auth::shared_credential token_vault::find(const auth::sha256_digest& key) {
    const std::lock_guard hold(mutex_);
    return cache_.find(key, steady_clock::now());
}

bool token_vault::refused(const auth::sha256_digest& key, const credential& which) {
    const std::lock_guard hold(mutex_);
    return cache_.refused(key, which, steady_clock::now());
}

failure failure_of(const auth::token_refusal& refusal, const std::string& backend) {
    if (!refusal.words.empty())
        log::info("backend {}: {}: {}", backend, refusal.text, refusal.words);
    return fail(refusal.refused ? errc::backend_unauthorized : errc::backend_unavailable,
                fmt::format("{}: {}", backend, refusal.text));
}

} // namespace vmcp
