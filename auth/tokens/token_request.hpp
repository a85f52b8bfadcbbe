// What is sent to a token endpoint (RFC 6749 section 3.2), as a form.
#pragma once

#include "auth/time.hpp"
#include "auth/tokens/client_key.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

inline constexpr std::string_view type_access_token = "urn:ietf:params:oauth:token-type:access_token";
inline constexpr std::string_view type_jwt = "urn:ietf:params:oauth:token-type:jwt";
inline constexpr std::string_view type_id_jag = "urn:ietf:params:oauth:token-type:id-jag";

// A token endpoint, and who the gateway is there: nobody, a public client (an id alone), a client with a secret
// (RFC 6749 section 2.3.1, HTTP Basic), or one with a key (RFC 7523 section 2.2).
struct token_endpoint {
    std::string url{};
    std::string client_id{};
    std::string client_secret{};
    std::shared_ptr<const client_key> key{};
    std::string
        issuer{}; // whose it is, where that is known: what an assertion is made for, instead of the URL
    bool secret_in_body = false; // the server takes no HTTP Basic

    [[nodiscard]] bool has_proof() const noexcept { return !client_secret.empty() || key != nullptr; }
};

// What differs between two requests for the same: for assertions that may be used once.
struct token_moment {
    wall_time now{};
    std::string unique{}; // never used before: 128 random bits as text
};

// A POST with Content-Type: application/x-www-form-urlencoded. Everything but the URL is secret.
struct token_request {
    std::string url{};
    std::string authorization{}; // empty: no such field
    std::string body{};
};

// RFC 8693 section 2.1.
struct exchange_terms {
    std::string subject_token{};
    std::string subject_token_type{type_access_token};
    std::string requested_token_type{type_access_token};
    std::string audience{};
    std::string resource{};
    std::vector<std::string> scopes{};
};
[[nodiscard]] token_request exchange_request(const token_endpoint& at, const exchange_terms& terms,
                                             const token_moment& when);

// RFC 6749 section 4.4.2, with `resource` of RFC 8707.
struct own_terms {
    std::string audience{};
    std::string resource{};
    std::vector<std::string> scopes{};
};
[[nodiscard]] token_request client_credentials_request(const token_endpoint& at, const own_terms& terms,
                                                       const token_moment& when);

// RFC 7523 section 2.1: an assertion of another issuer as the grant.
[[nodiscard]] token_request jwt_bearer_request(const token_endpoint& at, std::string_view assertion,
                                               const std::vector<std::string>& scopes,
                                               const token_moment& when);

} // namespace auth
