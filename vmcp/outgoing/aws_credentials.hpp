// Credentials of a backend that stands behind AWS's signatures (outgoingAuth type aws_sts).
#pragma once

#include "auth/aws/signature_v4.hpp"
#include "auth/aws/sts_answer.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/outgoing/token_vault.hpp"

#include <memory>
#include <string>

namespace vmcp {

// A role is assumed with the caller's token, once for all calls of that caller until shortly before it ends; each request is
// signed with what that gives. Errors of credential_for(): errc::backend_unauthorized when there is no role for the caller,
// no token, or AWS refuses; errc::backend_unavailable when it cannot be asked. The caller's own token goes to AWS's token
// service and nowhere else.
class aws_credentials final : public credential_source {
public:
    aws_credentials(const backend_config& definition, std::shared_ptr<token_vault> vault,
                    std::shared_ptr<fetcher> by);

    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller* who) override;
    std::shared_ptr<const credential> at_hand(const caller* who) override;
    bool refused(const credential& which) override;

private:
    using outcome = auth::token_result<token_vault::obtained>;

    [[nodiscard]] result<auth::role_terms> terms_for(const caller& who) const;
    [[nodiscard]] result<auth::role_terms> own_terms() const;
    [[nodiscard]] auth::sha256_digest key_of(const auth::role_terms& terms, const caller* who) const;
    awaitable<outcome> obtain(const auth::role_terms& terms, std::string key);

    const std::string backend_;
    const aws_strategy settings_;
    const std::string url_;
    const std::shared_ptr<token_vault> vault_;
    const std::shared_ptr<fetcher> by_;
    const std::shared_ptr<const credential> unsigned_; // what goes along with every request
    const auth::sha256_digest salt_;                   // differs wherever backend or strategy differ
};

} // namespace vmcp
