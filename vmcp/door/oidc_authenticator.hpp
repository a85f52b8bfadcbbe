// incomingAuth.type oidc: who has an access token of the issuer for this gateway, and may call (RFC 6750, RFC 9068,
// RFC 7662; MCP "Authorization").
#pragma once

#include "auth/bearer.hpp"
#include "auth/token_digests.hpp"
#include "auth/verification_budget.hpp"
#include "auth/verified_token_cache.hpp"
#include "vmcp/door/door_counters.hpp"
#include "vmcp/door/key_keeper.hpp"
#include "vmcp/door/oidc_rules.hpp"
#include "vmcp/door/possession.hpp"
#include "vmcp/model/authenticator.hpp"

#include <atomic>
#include <memory>
#include <string_view>

namespace vmcp {

// Judges tokens by one set of rules, from start() to stop(). A token that was verified a moment ago costs a hash and a
// lookup; any other one its claims, and then one signature check or one question to the issuer, for which forged tokens
// have a budget. No lock is held while anybody waits.
class oidc_authenticator final : public authenticator,
                                 public std::enable_shared_from_this<oidc_authenticator> {
public:
    using outcome = std::variant<std::shared_ptr<const caller>, challenge>;

    // The issuer's keys are kept on `home`. `counters` and `home` outlive it.
    oidc_authenticator(oidc_rules rules, std::shared_ptr<fetcher> from, transport::worker& home,
                       door_counters& counters);

    void start() { keys_->start(); }
    void stop() { keys_->stop(); }

    awaitable<outcome> authenticate(const credentials_view& from) override;

    [[nodiscard]] key_figures keys() const { return keys_->figures(); }
    [[nodiscard]] const std::shared_ptr<const auth::protected_resource>& resource() const noexcept {
        return rules_.resource;
    }

private:
    awaitable<auth::shared_verdict> judge(const credentials_view& from, std::string_view token,
                                          const auth::sha256_digest& digest);
    [[nodiscard]] std::shared_ptr<const auth::verified_caller> remembered(const auth::sha256_digest& digest);
    awaitable<auth::shared_verdict> verify(const credentials_view& from, std::string_view token,
                                           const auth::sha256_digest& digest);
    [[nodiscard]] bool refused_lately(const auth::sha256_digest& digest);
    [[nodiscard]] auth::rejection not_now(const auth::check_leave& leave);
    awaitable<auth::shared_verdict> introspect(const credentials_view& from, std::string_view token,
                                               const auth::sha256_digest& digest);
    [[nodiscard]] challenge refuse(const auth::rejection& why, auth::token_scheme scheme);

    const oidc_rules rules_;
    const std::shared_ptr<fetcher> from_;
    door_counters& counters_;
    std::shared_ptr<key_keeper> keys_;
    std::unique_ptr<introspector> introspector_{}; // null: opaque tokens are refused
    std::unique_ptr<possession> possession_{};     // null: no token is bound to a key
    auth::verified_token_cache verified_{};
    auth::token_digests refused_{};      // their signature was wrong a moment ago
    auth::token_digests proven_{32'768}; // they were right once: checking them again needs no budget
    auth::verification_budget budget_{};
    std::atomic<steady_clock::rep> warned_{0}; // when the log last said that tokens cannot be checked
};

} // namespace vmcp
