// Signature Version 4 of AWS: how a request proves who sends it, without I/O and without a clock.
#pragma once

#include "auth/time.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

// Temporary credentials of a role. All but `access_key` are secrets.
struct aws_keys {
    std::string access_key{};
    std::string secret_key{};
    std::string session_token{}; // empty: those of a user
    friend bool operator==(const aws_keys&, const aws_keys&) = default;
};

struct aws_scope {
    std::string region{};
    std::string service{};
};

// What is signed. `fields` are names in any case and values, Host among them.
struct aws_request {
    std::string_view method{};
    std::string_view target{}; // path and query, as they are sent
    std::span<const std::pair<std::string_view, std::string_view>> fields{};
    std::string_view body_digest{}; // SHA-256 of the body, in hexadecimal digits
};

// "20150830T123600Z": the value of X-Amz-Date.
[[nodiscard]] std::string aws_time(wall_time when);

// The text whose digest is signed, and the names of its fields as "a;b".
struct aws_canonical {
    std::string text{};
    std::string field_names{};
};
// Fields are sorted by name, runs of blanks in their values become one; the query is sorted by name and value. Each byte of
// the path that is not unreserved is encoded once more than it is, as all services but S3 have it.
[[nodiscard]] aws_canonical canonical_request(const aws_request& request);

// The value of Authorization. Throws std::runtime_error when OpenSSL cannot, which is no fault of any peer.
[[nodiscard]] std::string authorization_v4(const aws_request& request, const aws_keys& keys,
                                           const aws_scope& scope, wall_time when);

[[nodiscard]] std::string hex_of(std::string_view bytes);

} // namespace auth
