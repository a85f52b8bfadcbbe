#include "vmcp/outgoing/token_vault.hpp"

#include "vmcp/base/base64url.hpp"

#include <boost/asio/this_coro.hpp>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

namespace vmcp {

using auth::credential_result;
using auth::token_refusal;

namespace {

// A little more than two fetches may take.
constexpr std::chrono::milliseconds patience{21'000};

auth::token_moment this_moment() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    return {std::chrono::system_clock::now(),
            base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()})};
}

} // namespace

token_vault::token_vault(std::shared_ptr<fetcher> from, auth::token_cache_bounds bounds)
    : from_(std::move(from))
    , cache_(bounds) {
}

awaitable<credential_result> token_vault::get(auth::sha256_digest key,
                                              std::shared_ptr<const auth::token_plan> plan,
                                              std::string subject, wrap make) {
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
    // Others wait for what comes of it, whatever that is.
    credential_result said = token_refusal{.text = "a bug: see the log"};
    auth::seconds keep{0};
    try {
        auto token = co_await obtain(*plan, std::move(subject));
        if (token) {
            said = make(token->value);
            keep = auth::use_for(token->expires_in);
        } else {
            said = token.error();
        }
    } catch (...) {
        fetched(key, said, keep);
        throw;
    }
    fetched(key, said, keep);
    co_return said;
}

awaitable<auth::token_result<auth::issued_token>> token_vault::obtain(const auth::token_plan& plan,
                                                                      std::string subject) {
    auth::token_steps steps(plan, std::move(subject));
    auto next = steps.start(this_moment());
    while (next.ask) {
        document_request what{.url = next.ask->url,
                              .post = auth::introspection_request{std::move(next.ask->authorization),
                                                                  std::move(next.ask->body)}};
        const auto came = co_await from_->fetch(std::move(what));
        next = steps.answered(came, this_moment());
    }
    co_return *std::move(next.done);
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

bool token_vault::refused(const auth::sha256_digest& key, const credential& which) {
    const std::lock_guard hold(mutex_);
    return cache_.refused(key, which, steady_clock::now());
}

} // namespace vmcp
