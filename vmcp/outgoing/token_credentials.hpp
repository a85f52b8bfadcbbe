// Credentials of a backend that are tokens: of each caller, or of the gateway (outgoingAuth types token_exchange,
// client_credentials, xaa).
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/outgoing/token_vault.hpp"

#include <memory>

namespace vmcp {

// Errors of credential_for(): errc::backend_unauthorized when the token endpoint refuses, or the caller has no token to
// trade; errc::backend_unavailable when it cannot be asked. The caller's own token goes to the token endpoint and
// nowhere else.
class token_credentials final : public credential_source {
public:
    token_credentials(const backend_config& of, auth::token_plan plan, std::shared_ptr<token_vault> from);

    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller* who) override;
    bool refused(const credential& which) override;

private:
    [[nodiscard]] auth::sha256_digest key_of(std::string_view subject) const;

    const std::string backend_;
    const std::shared_ptr<const auth::token_plan> plan_;
    const std::shared_ptr<token_vault> from_;
    const std::shared_ptr<const credential> without_token_; // what goes along with every request
    const auth::sha256_digest salt_;                        // differs wherever backend or strategy differ
};

} // namespace vmcp
