// The credentials of a backend, as outgoingAuth says.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/outgoing/token_vault.hpp"

#include <memory>

namespace vmcp {

// What a strategy says about tokens. Fails with errc::config when its private key cannot be used.
[[nodiscard]] result<auth::token_plan> plan_of(const auth_strategy& from);

// One for all backends, so that what they keep has one bound. On one thread.
class credential_maker {
public:
    // The fetcher of the program is made with the first strategy that needs one.
    explicit credential_maker(std::shared_ptr<fetcher> by = {}) : by_(std::move(by)) {}

    // Never null. What cannot be used is logged, and fails with the reason whenever it is asked for a credential.
    [[nodiscard]] std::shared_ptr<credential_source> make(const backend_config& of);

private:
    result<std::shared_ptr<token_vault>> vault();

    std::shared_ptr<fetcher> by_;
    std::shared_ptr<token_vault> vault_{};
};

} // namespace vmcp
