// The way to a token for a backend, one request after the other, without I/O.
#pragma once

#include "auth/tokens/token_answer.hpp"
#include "auth/tokens/token_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

// Immutable. What outgoingAuth says of one backend.
struct token_plan {
    enum class way : std::uint8_t {
        exchange,           // the caller's token is traded for another (RFC 8693)
        client_credentials, // the gateway's own, the same for all callers (RFC 6749 section 4.4)
        id_jag, // traded at the identity provider for an assertion, and that at the backend's authorization
                // server for a token (draft-ietf-oauth-identity-assertion-authz-grant)
    };
    way how = way::exchange;
    token_endpoint endpoint{}; // with id_jag: the identity provider's
    std::string audience{};
    std::string resource{};
    std::vector<std::string> scopes{};
    std::string subject_token_type{type_access_token};
    token_endpoint target{}; // id_jag only
};

// One way, from the first request to the token. Not thread-safe.
class token_steps {
public:
    // `subject`: the caller's token; empty: the gateway asks for itself. `plan` must outlive it.
    token_steps(const token_plan& plan, std::string subject) : plan_(plan), subject_(std::move(subject)) {}

    // Whether a request can be made at all for that subject.
    [[nodiscard]] static bool possible(const token_plan& plan, bool has_subject) noexcept;

    // Exactly one is there.
    struct step {
        std::optional<token_request> ask{};
        std::optional<token_result<issued_token>> done{};
    };
    [[nodiscard]] step start(const token_moment& when);
    // What came of the last request.
    [[nodiscard]] step answered(const fetch_result& from, const token_moment& when);

private:
    [[nodiscard]] step exchanged(const fetch_result& from, const token_moment& when);
    [[nodiscard]] std::vector<std::string> secrets() const;

    const token_plan& plan_;
    std::string subject_;
    std::string assertion_{};
    enum class asked : std::uint8_t { nothing, own_token, exchange, assertion, grant };
    asked last_ = asked::nothing;
};

// Why an assertion of the identity provider must not be used (section 4 of the draft): it is no JWT, or not for this
// audience alone, or lacks the resource. Its signature is the target's to check.
[[nodiscard]] std::optional<std::string>
assertion_problem(std::string_view assertion, std::string_view audience, std::string_view resource);

} // namespace auth
