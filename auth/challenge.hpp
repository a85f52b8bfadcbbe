// What a refused request is answered, as data: status, WWW-Authenticate and Retry-After (RFC 6750 section 3,
// RFC 9449 section 7.1, RFC 9728 section 5.1, MCP "Authorization").
#pragma once

#include "auth/algorithm.hpp"
#include "auth/bearer.hpp"
#include "auth/rejection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

// The same for every request. All texts must be quotable(), all scopes is_scope().
struct challenge_settings {
    std::string resource_metadata{};   // URL of the protected resource's metadata; empty: none
    std::vector<std::string> scopes{}; // what callers should ask for where the operation is not known yet
    bool dpop = false;                 // DPoP is offered beside Bearer
    algorithm_set dpop_algorithms = default_algorithms;
};

struct refused_answer {
    std::uint16_t status = 401;
    std::vector<std::string> www_authenticate{}; // one field each; empty: none
    std::optional<std::chrono::seconds> retry_after{};
    std::string_view text{}; // for people; lives for ever

    friend bool operator==(const refused_answer&, const refused_answer&) = default;
};

// `scheme` is the one that the request used, or bearer. `operation_scopes` are all that the refused operation
// needs, for refusal::insufficient_scope; empty: those of the settings. `offline_access` is never asked for,
// because it is between the client and its authorization server (MCP 2026-07-28).
[[nodiscard]] refused_answer answer_to(const rejection& why, token_scheme scheme,
                                       const challenge_settings& settings,
                                       std::span<const std::string> operation_scopes = {});

// As a quoted-string of RFC 9110 section 5.6.4. `text` must be quotable().
[[nodiscard]] std::string quoted_string(std::string_view text);

// Visible ASCII and blanks: what a configured text in a challenge may hold.
[[nodiscard]] bool quotable(std::string_view text) noexcept;

// scope-token of RFC 6749 section 3.3.
[[nodiscard]] bool is_scope(std::string_view text) noexcept;

// The scopes without offline_access, separated by blanks.
[[nodiscard]] std::string scope_list(std::span<const std::string> scopes);

} // namespace auth
