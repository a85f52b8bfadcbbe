// The credentials of a backend, as outgoingAuth says.
#pragma once

#include "auth/tokens/token_steps.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/outgoing/token_vault.hpp"

#include <map>
#include <memory>
#include <string>

namespace vmcp {

// What a strategy says about tokens. Fails with errc::config when its private key cannot be used.
[[nodiscard]] result<auth::token_plan> plan_of(const auth_strategy& from);

// One for all backends, so that what they keep has one bound. On one thread.
class credential_maker {
public:
    // `by`: does all fetching, where it is given. Otherwise fetchers are made for the strategies that need them, and those
    // with the same settings share one.
    explicit credential_maker(std::shared_ptr<fetcher> by = {}) : by_(std::move(by)) {}

    // Never null. What cannot be used is logged, and fails with the reason whenever it is asked for a credential.
    [[nodiscard]] std::shared_ptr<credential_source> make(const backend_config& definition);

private:
    result<std::shared_ptr<credential_source>> make_tokens(const backend_config& definition);
    result<std::shared_ptr<credential_source>> make_aws(const backend_config& definition);
    result<std::shared_ptr<fetcher>> fetcher_for(const std::string& ca_bundle, bool allow_private);

    std::shared_ptr<fetcher> by_;
    std::map<std::string, std::weak_ptr<fetcher>> fetchers_{}; // by what they are made with
    std::shared_ptr<token_vault> vault_ = std::make_shared<token_vault>();
};

} // namespace vmcp
