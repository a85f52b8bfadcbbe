// Who sends a request: an identity that sessions are bound to, and what is known of the caller beyond it.
#pragma once

#include <string>
#include <vector>

namespace vmcp {

// What a session, a parked call or a cache belongs to: RFC 7519 `iss` and `sub`. Anonymous callers have an empty
// issuer and the subject "anonymous".
struct identity {
    std::string issuer{};
    std::string subject = "anonymous";
    friend bool operator==(const identity&, const identity&) = default;
};

// Tells identities apart where something is counted for each.
[[nodiscard]] inline std::string key_of(const identity& who) {
    return who.issuer + '\n' + who.subject;
}

// One caller at the time of one request. Immutable; several requests with the same credentials may share it.
struct caller {
    identity who{};
    // The claims of the verified token, a raw JSON object. Never sent to a backend.
    std::string claims = "{}";
    // The token itself, for exchanges that trade it for another one (RFC 8693). Never sent to a backend, and never
    // logged.
    std::string token{};
    std::vector<std::string> scopes{};
};

} // namespace vmcp
