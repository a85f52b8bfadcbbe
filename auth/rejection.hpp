// Why a request is not let in: what the caller is told (fixed words), and what the operator may read.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace auth {

enum class refusal : std::uint8_t {
    no_credentials,     // no Authorization field, or one of a scheme that is not ours
    invalid_request,    // credentials that no server can read, or more than one set of them
    invalid_token,      // bad, expired, not for us: a new token may help
    insufficient_scope, // the token is fine and does not grant enough
    invalid_dpop_proof, // the proof of possession that goes with the token is bad (RFC 9449 section 7.1)
    use_dpop_nonce,     // the proof lacks the nonce that this server wants (RFC 9449 section 9)
    too_many,           // of the tokens of this address too many were forged: the next one has to wait
    unavailable,        // the authorization server cannot be asked, and nothing of it is known
};

// How a refusal looks from outside. `error` is the code in the challenge (RFC 6750 section 3.1, RFC 9449
// section 7.1), empty where the challenge carries none. `text` is all a caller ever reads about the reason:
// it does not say which check failed.
struct refusal_row {
    refusal why;
    std::uint16_t http_status;
    std::string_view error;
    std::string_view text;
};

[[nodiscard]] const refusal_row& row_of(refusal why) noexcept;

// `detail` is for the operator's log: it says which check failed, with the peer's words made printable and
// cut short. It never holds a token, a signature or a secret, and it never goes to the caller.
struct rejection {
    refusal why = refusal::invalid_token;
    std::string detail{};
    std::chrono::seconds retry_after{}; // of the last two: when to ask again; zero where that is unknown
    friend bool operator==(const rejection&, const rejection&) = default;
};

[[noreturn]] inline void throw_exception_from_error(const rejection& error, const boost::source_location&) {
    throw std::logic_error("value of a failed result: " + error.detail);
}

template <class T>
using verdict = boost::system::result<T, rejection>;

} // namespace auth
