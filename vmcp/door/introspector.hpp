// Asking the issuer about opaque tokens: the shell around auth::introspection_cache.
#pragma once

#include "auth/introspection_cache.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/waiting.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace vmcp {

struct introspection_settings {
    std::string url{};
    std::string client_id{}; // empty: asks without credentials
    std::string client_secret{};
    auth::claim_rules rules{};
};

// Thread-safe. One question per token at a time; it is asked on the worker of who asks first. No lock is held while
// anybody waits.
class introspector {
public:
    introspector(std::shared_ptr<fetcher> from, introspection_settings settings);

    // The verdict that is kept of the token whose SHA-256 is `digest`, or that of the question about it that is open;
    // nothing: there is neither. On a worker; the introspector outlives the coroutine, as it does that of ask().
    [[nodiscard]] awaitable<std::optional<auth::shared_verdict>> find(auth::sha256_digest digest);
    // Asks the issuer about `token`, unless that has just been done. `proven`: it was active before.
    [[nodiscard]] awaitable<auth::shared_verdict> ask(std::string token, auth::sha256_digest digest,
                                                      bool proven);

private:
    using waiting = std::shared_ptr<promised<auth::shared_verdict>>;
    using reply = auth::introspection_cache::reply;

    waiting enlist(const reply& as);
    awaitable<auth::shared_verdict> answer(reply from, auth::sha256_digest digest, waiting for_what);
    awaitable<auth::shared_verdict> question(const std::string& token);
    void answered(const auth::sha256_digest& digest, const auth::shared_verdict& said);
    awaitable<auth::shared_verdict> wait(auth::sha256_digest digest, std::uint64_t ticket, waiting for_what);

    const std::shared_ptr<fetcher> from_;
    const introspection_settings settings_;
    std::mutex mutex_{};
    auth::introspection_cache cache_{};                    // under mutex_
    std::unordered_map<std::uint64_t, waiting> waiting_{}; // under mutex_
};

} // namespace vmcp
