#include "auth/static_credentials.hpp"

#include <string>
#include <utility>

namespace auth {
namespace {

// A peer may repeat a value, or what of it follows a scheme ("Bearer ...").
void add_secrets(vmcp::credential& to, const std::string& value) {
    to.secrets.push_back(value);
    if (const auto space = value.find(' '); space != std::string::npos)
        to.secrets.push_back(value.substr(space + 1));
}

} // namespace

static_credentials::static_credentials(const vmcp::backend_config& of) {
    vmcp::credential made;
    for (const auto& [name, value] : of.headers)
        made.fields.emplace_back(name, value);
    if (of.auth.type == vmcp::auth_strategy::kind::header_injection)
        made.fields.emplace_back(of.auth.header_name, of.auth.header_value);
    for (const auto& [name, value] : made.fields)
        add_secrets(made, value);
    only_ = std::make_shared<const vmcp::credential>(std::move(made));
}

vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::credential>>>
static_credentials::credential_for(const vmcp::caller*) {
    co_return only_;
}

} // namespace auth
