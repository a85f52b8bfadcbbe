// Nonces for DPoP proofs that need no memory (RFC 9449 section 9): whoever has the secret knows which are
// good.
#pragma once

#include "auth/time.hpp"

#include <array>
#include <string>

namespace auth {

// A new nonce every period; the one before it is still good, so that nobody is refused for being a moment
// late. Replicas with the same secret agree. Immutable; may be shared by threads.
class dpop_nonces {
public:
    using secret = std::array<unsigned char, 32>; // from a random generator

    explicit dpop_nonces(const secret& key, seconds period = seconds{300}) : key_(key), period_(period) {}

    // The one to tell senders (field DPoP-Nonce).
    [[nodiscard]] std::string current(wall_time now) const { return nonce(slot(now)); }

    // Those that are good, the current one first: for dpop_request::nonces.
    [[nodiscard]] std::array<std::string, 2> good(wall_time now) const {
        return {nonce(slot(now)), nonce(slot(now) - 1)};
    }

private:
    [[nodiscard]] std::int64_t slot(wall_time now) const {
        return std::chrono::floor<seconds>(now.time_since_epoch()).count() / period_.count();
    }
    [[nodiscard]] std::string nonce(std::int64_t slot) const;

    secret key_;
    seconds period_;
};

} // namespace auth
