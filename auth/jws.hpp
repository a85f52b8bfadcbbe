// A JSON Web Signature in compact form (RFC 7515 section 7.1): its parts and its header, not yet verified.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/flaw.hpp"
#include "auth/jwk.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t max_token = std::size_t{16} << 10; // bytes; longer tokens are refused unread

// What the header says about how to verify. Where it offers keys or places to get keys from (jku, jwk, x5u,
// x5c), they are not looked at: whoever made a forged signature would offer its own.
struct jws_header {
    algorithm alg = algorithm::rs256;
    std::optional<std::string> key_id{}; // kid: a word to look up, nothing else
    std::string type{};                  // typ in lower case without "application/"; empty: absent
};

struct jws {
    jws_header header{};
    std::string header_json{};
    std::string payload{};
    std::string signature{};
    std::string signing_input{}; // the two encoded parts with the dot between them
};

// Takes a token apart. A flaw when it is too long, has not exactly three parts of strict base64url, its
// header is no strict JSON object, names an algorithm that is not in `allowed`, or asks for processing that
// vmcp does not do: any `crit` (RFC 7515 section 4.1.11), `b64` (RFC 7797), or a nested token (`cty`, RFC
// 7519 section 5.2).
[[nodiscard]] parsed<jws> read_jws(std::string_view compact, algorithm_set allowed);

// Whether the signature is right under this key, which must be of the header's algorithm.
[[nodiscard]] bool verify_jws(const jws& token, const jwk& key);

} // namespace auth
