// Tokens for backends, until shortly before they end, and who waits for one: one way to the token endpoint per key at a
// time.
#pragma once

#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"
#include "auth/single_flight.hpp"
#include "auth/tokens/token_answer.hpp"
#include "vmcp/model/credentials.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace auth {

struct token_cache_bounds {
    std::size_t entries = 10'000;
    std::size_t bytes = std::size_t{64} << 20; // of tokens, refusals apart
    std::size_t fetches = 256;                 // at a time
    std::size_t waiters = 10'000;              // beside those who fetch
};

using shared_credential = std::shared_ptr<const vmcp::credential>;
using credential_result = token_result<shared_credential>;

// Keys say whose token it is, for which backend, by which strategy. Not thread-safe: hold one lock around each call.
class token_cache {
public:
    explicit token_cache(token_cache_bounds bounds = {});

    struct reply {
        enum class kind : std::uint8_t {
            known,   // `said`
            fetch,   // nobody does: get one, then call fetched(), once, whatever came
            wait,    // somebody does: the result comes with this ticket
            crowded, // too many at a time
        };
        kind how = kind::crowded;
        std::optional<credential_result> said{};
        std::uint64_t ticket = 0;
    };
    [[nodiscard]] reply ask(const sha256_digest& key, steady_time now);

    // The token that is kept, or null; nothing is begun.
    [[nodiscard]] shared_credential find(const sha256_digest& key, steady_time now);

    // What came; a token is kept for `keep`. Gives the tickets of those who waited for it too.
    [[nodiscard]] std::vector<std::uint64_t> fetched(const sha256_digest& key, const credential_result& said,
                                                     seconds keep, steady_time now);

    // Who has this ticket no longer waits.
    void forget(const sha256_digest& key, std::uint64_t ticket) { fetches_.forget(key, ticket); }

    // A backend refused `which`. True: the next that is asked for is another one. False when that would not help: the
    // one before it was refused less than `patience` ago.
    [[nodiscard]] bool refused(const sha256_digest& key, const vmcp::credential& which, steady_time now);
    static constexpr seconds patience{10};

    [[nodiscard]] std::size_t size() const noexcept { return tokens_.size(); }

private:
    expiring_lru<sha256_digest, shared_credential, digest_hash> tokens_;
    expiring_lru<sha256_digest, token_refusal, digest_hash> refusals_;
    expiring_lru<sha256_digest, bool, digest_hash> dropped_; // whose last token was refused
    single_flight fetches_;
};

} // namespace auth
