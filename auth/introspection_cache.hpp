// What issuers said about opaque tokens, for a short while, and who waits for an answer: one question per
// token at a time.
#pragma once

#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"
#include "auth/introspection.hpp"
#include "auth/single_flight.hpp"
#include "auth/verified_caller.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace auth {

struct introspection_limits {
    std::size_t entries = 10'000; // active tokens, and as many refused ones
    std::size_t bytes = std::size_t{16} << 20;
    std::size_t questions = 256; // at a time
    std::size_t for_proven =
        64;                     // of them, for tokens that were active before: made-up ones cannot take these
    std::size_t waiters = 1024; // beside those whose question it is
};

using shared_verdict = verdict<std::shared_ptr<const verified_caller>>;

// Not thread-safe: keep it on one thread, or hold one lock around each call.
class introspection_cache {
public:
    explicit introspection_cache(introspection_limits limits = {})
        : active_(limits.entries, limits.bytes)
        , refused_(limits.entries, limits.bytes)
        , questions_({.flights = limits.questions, .waiters = limits.waiters})
        , for_proven_(limits.for_proven) {}

    struct reply {
        enum class kind : std::uint8_t {
            known, // `said`
            ask, // nobody has asked: put the question to the issuer, then call answered(), once, whatever came
            wait,    // somebody has: the answer comes with this ticket
            crowded, // too many questions or waiters: refusal::unavailable
        };
        kind how = kind::crowded;
        std::optional<shared_verdict> said{};
        std::uint64_t ticket = 0;
    };

    // What is known or asked already; nothing: it would have to be asked.
    [[nodiscard]] std::optional<reply> find(const sha256_digest& token, steady_time now);

    // `proven`: the token was active before.
    [[nodiscard]] reply ask(const sha256_digest& token, bool proven, steady_time now);

    // What came of the question. Gives the tickets of those who waited for it too.
    [[nodiscard]] std::vector<std::uint64_t> answered(const sha256_digest& token, const shared_verdict& said,
                                                      steady_time now, wall_time wall);

    // The caller with this ticket no longer waits.
    void forget(const sha256_digest& token, std::uint64_t ticket) { questions_.forget(token, ticket); }

    [[nodiscard]] std::size_t size() const noexcept { return active_.size() + refused_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return questions_.waiting(); }

private:
    expiring_lru<sha256_digest, std::shared_ptr<const verified_caller>, digest_hash> active_;
    // Apart, so that made-up tokens push no real one out.
    expiring_lru<sha256_digest, rejection, digest_hash> refused_;
    single_flight questions_;
    std::size_t for_proven_;
};

} // namespace auth
