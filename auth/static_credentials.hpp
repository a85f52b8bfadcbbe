// Credentials that are the same for everybody: what the configuration says of a backend.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/model/credentials.hpp"

#include <memory>
#include <utility>

namespace auth {

// What a definition itself says is sent with each request to its backend, whoever calls: its header fields, and the one that
// is injected. Its secrets are in it, those in the URL included.
[[nodiscard]] vmcp::credential configured_credential(const vmcp::backend_config& definition);

// outgoingAuth types `unauthenticated` and `header_injection`; configured headers are part of it, since a proxy on the way
// may want them.
class static_credentials final : public vmcp::credential_source {
public:
    explicit static_credentials(const vmcp::backend_config& definition);
    explicit static_credentials(vmcp::credential only)
        : only_(std::make_shared<const vmcp::credential>(std::move(only))) {}

    vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::credential>>>
    credential_for(const vmcp::caller* who) override;
    std::shared_ptr<const vmcp::credential> at_hand(const vmcp::caller*) override { return only_; }
    bool refused(const vmcp::credential&) override { return false; }

private:
    std::shared_ptr<const vmcp::credential> only_;
};

} // namespace auth
