// Gets tokens for backends: the I/O around auth::token_steps and auth::token_cache. One for all backends.
#pragma once

#include "auth/tokens/token_cache.hpp"
#include "auth/tokens/token_steps.hpp"
#include "vmcp/door/fetcher.hpp"
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
    // Makes of a token what a backend is sent.
    using wrap = std::function<auth::shared_credential(const std::string& token)>;

    explicit token_vault(std::shared_ptr<fetcher> from, auth::token_cache_bounds bounds = {});

    // What is kept under `key`, or what is obtained by `plan` with the caller's token `subject`, which may be empty; those
    // who ask meanwhile wait for it. On a worker; the vault outlives the coroutine.
    [[nodiscard]] awaitable<auth::credential_result> get(auth::sha256_digest key,
                                                         std::shared_ptr<const auth::token_plan> plan,
                                                         std::string subject, wrap make);

    // As credential_source.
    [[nodiscard]] bool refused(const auth::sha256_digest& key, const credential& which);

private:
    using waiting = std::shared_ptr<promised<auth::credential_result>>;

    awaitable<auth::token_result<auth::issued_token>> obtain(const auth::token_plan& plan,
                                                             std::string subject);
    awaitable<auth::credential_result> wait(auth::sha256_digest key, std::uint64_t ticket, waiting for_what);
    void fetched(const auth::sha256_digest& key, const auth::credential_result& said, auth::seconds keep);

    const std::shared_ptr<fetcher> from_;
    std::mutex mutex_{};
    auth::token_cache cache_;                              // under mutex_
    std::unordered_map<std::uint64_t, waiting> waiting_{}; // under mutex_
};

} // namespace vmcp
