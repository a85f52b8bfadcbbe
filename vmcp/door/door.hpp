// The door of the gateway: who may come in, as incomingAuth says it now.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/door_counters.hpp"
#include "vmcp/door/oidc_authenticator.hpp"
#include "vmcp/model/authenticator.hpp"

#include <memory>

namespace vmcp {

// Callers without a token have the claims that they have in ToolHive, so that its policies decide the same.
[[nodiscard]] caller anonymous_caller();
// The user whose process this is, as a caller: by the name in the user database, or the number where it has none.
[[nodiscard]] caller local_caller();

// Until use() is called, nobody comes in.
class door final : public authenticator {
public:
    // What a configuration asks for, ready to be used.
    struct arrangement {
        incoming_auth settings{};
        std::shared_ptr<oidc_authenticator> oidc{}; // null: anonymous, or local
    };

    door() = default;

    // What `settings` ask for; what is in use where that is the same, with all it has learned. `control` is where the
    // issuer's keys are kept; it outlives the last request. Fails with errc::config.
    [[nodiscard]] result<std::shared_ptr<const arrangement>> prepare(const incoming_auth& settings,
                                                                     transport::worker& control);
    // From now on; requests that are being judged are judged by the old rules. One thread at a time.
    void use(std::shared_ptr<const arrangement> next);
    // The issuer is asked no more.
    void stop();

    awaitable<std::variant<std::shared_ptr<const caller>, challenge>>
    authenticate(const credentials_view& from) override;

    // Null where this gateway is no protected resource.
    [[nodiscard]] std::shared_ptr<const auth::protected_resource> resource() const;
    // Zero where no issuer is asked.
    [[nodiscard]] key_figures keys() const;
    [[nodiscard]] const door_counters& counters() const noexcept { return counters_; }

private:
    door_counters counters_{};
    published<arrangement> now_{nullptr};
    const std::shared_ptr<const caller> everybody_ = std::make_shared<caller>(anonymous_caller());
    const std::shared_ptr<const caller> owner_ = std::make_shared<caller>(local_caller());
};

// Answers a request below /.well-known/ with the metadata by which clients find the issuer (RFC 9728), whoever asks.
// False: there is none, and it has not answered.
[[nodiscard]] boost::asio::awaitable<bool> answer_well_known(const door& door,
                                                             transport::http_request& request);

} // namespace vmcp
