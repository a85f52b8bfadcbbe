// Credentials of a backend that are tokens: of each caller, or of the gateway (outgoingAuth types token_exchange,
// client_credentials, xaa).
#pragma once

#include "auth/tokens/token_steps.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/outgoing/endpoint_finder.hpp"
#include "vmcp/outgoing/token_vault.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Errors of credential_for(): errc::backend_unauthorized when the token endpoint refuses, or the caller has no token to
// trade; errc::backend_unavailable when it cannot be asked. The caller's own token goes to the token endpoint and
// nowhere else.
class token_credentials final : public credential_source {
public:
    struct parts {
        auth::token_plan plan{};
        std::shared_ptr<token_vault> vault{};
        std::shared_ptr<fetcher> given{};          // for URLs of the configuration
        std::shared_ptr<fetcher> found{};          // for those that `finder` found
        std::unique_ptr<endpoint_finder> finder{}; // null: all URLs are given
    };
    token_credentials(const backend_config& definition, parts tools);

    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller* who) override;
    std::shared_ptr<const credential> at_hand(const caller* who) override;
    bool refused(const credential& which) override;

private:
    using issued = auth::token_result<auth::issued_token>;

    // The token that is traded for `who`; empty: none. Nothing: the caller has none, and one is to be traded.
    [[nodiscard]] std::optional<std::string> subject_of(const caller* who) const;
    [[nodiscard]] auth::sha256_digest key_of(std::string_view subject) const;
    awaitable<auth::token_result<token_vault::obtained>> obtain(std::string subject, std::string key);
    awaitable<auth::token_result<auth::token_plan>> settled_plan();
    awaitable<issued> ask(const auth::token_plan& plan, std::string subject);

    const std::string backend_;
    const parts with_;
    const std::shared_ptr<const credential> without_token_; // what goes along with every request
    const auth::sha256_digest salt_;                        // differs wherever backend or strategy differ
};

} // namespace vmcp
