// incomingAuth.type anonymous: everybody is the same caller, and credentials are not looked at.
#pragma once

#include "vmcp/model/authenticator.hpp"

#include <memory>
#include <variant>

namespace auth {

class anonymous final : public vmcp::authenticator {
public:
    vmcp::awaitable<std::variant<std::shared_ptr<const vmcp::caller>, vmcp::challenge>>
    authenticate(const vmcp::credentials_view&) override {
        co_return everybody_;
    }

private:
    std::shared_ptr<const vmcp::caller> everybody_ = std::make_shared<vmcp::caller>();
};

} // namespace auth
