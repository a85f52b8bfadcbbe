#include "auth/static_credentials.hpp"

#include "vmcp/base/secret_forms.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <algorithm>
#include <iterator>

namespace auth {

vmcp::credential configured_credential(const vmcp::backend_config& definition) {
    vmcp::credential made;
    for (const auto& [name, value] : definition.headers)
        made.fields.emplace_back(name, value);
    if (definition.auth.type == vmcp::auth_strategy::kind::header_injection)
        made.fields.emplace_back(definition.auth.header_name, definition.auth.header_value);
    for (const auto& [name, value] : made.fields)
        std::ranges::move(vmcp::secret_forms(value), std::back_inserter(made.secrets));
    for (const auto& value : vmcp::secrets_in_url(definition.url))
        std::ranges::move(vmcp::secret_forms(value), std::back_inserter(made.secrets));
    return made;
}

static_credentials::static_credentials(const vmcp::backend_config& definition)
    : only_(std::make_shared<const vmcp::credential>(configured_credential(definition))) {
}

vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::credential>>>
static_credentials::credential_for(const vmcp::caller*) {
    co_return only_;
}

} // namespace auth
