// Keeps the tokens that backends are shown until shortly before they end. The first call that lacks one gets it, and calls
// that need the same one meanwhile wait for that: the coroutines around auth::token_cache. One for all backends.
#pragma once

#include "auth/tokens/token_cache.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/waiting.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace vmcp {

// Thread-safe. No lock is held while anybody waits.
class token_vault {
public:
    struct obtained {
        auth::shared_credential what{};
        auth::seconds keep{}; // how long it may be used
    };
    // Gets one, in 45 s at most.
    using way = std::function<awaitable<auth::token_result<obtained>>()>;

    explicit token_vault(auth::token_cache_bounds bounds = {});

    // What is kept under `key`, or what is got by `how`; those who ask meanwhile wait for it. On a worker; the vault and
    // what `how` refers to outlive the coroutine.
    [[nodiscard]] awaitable<auth::credential_result> get(auth::sha256_digest key, way how);

    // What is kept under `key`, or null.
    [[nodiscard]] auth::shared_credential find(const auth::sha256_digest& key);

    // As credential_source.
    [[nodiscard]] bool refused(const auth::sha256_digest& key, const credential& which);

private:
    using waiting = std::shared_ptr<promised<auth::credential_result>>;

    awaitable<auth::credential_result> wait(auth::sha256_digest key, std::uint64_t ticket, waiting for_what);
    void fetched(const auth::sha256_digest& key, const auth::credential_result& said, auth::seconds keep);

    std::mutex mutex_{};
    auth::token_cache cache_;                              // under mutex_
    std::unordered_map<std::uint64_t, waiting> waiting_{}; // under mutex_
};

// What a call of `backend` fails with where its credential was refused. The endpoint's own words go to the log alone.
[[nodiscard]] failure failure_of(const auth::token_refusal& refusal, const std::string& backend);

} // namespace vmcp
