// incomingAuth.type anonymous: everybody is the same principal, and credentials are not looked at.
#pragma once

#include "vmcp/model/ports.hpp"

#include <memory>
#include <string_view>

namespace auth {

class anonymous final : public vmcp::authenticator {
public:
    vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::principal>>>
    authenticate(std::string_view) override {
        co_return everybody_;
    }

private:
    std::shared_ptr<const vmcp::principal> everybody_ = std::make_shared<vmcp::principal>();
};

} // namespace auth
