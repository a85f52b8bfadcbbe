#include "vmcp/outgoing/make_credentials.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/outgoing/token_credentials.hpp"

#include <utility>

namespace vmcp {
namespace {

using kind = auth_strategy::kind;
using way = auth::token_plan::way;

class unusable_credentials final : public credential_source {
public:
    explicit unusable_credentials(failure why) : why_(std::move(why)) {}
    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller*) override {
        co_return why_;
    }
    bool refused(const credential&) override { return false; }

private:
    failure why_;
};

result<auth::token_endpoint> endpoint_of(const token_client& from) {
    auth::token_endpoint out{.url = from.url, .client_id = from.id, .client_secret = from.secret};
    if (!from.key.empty()) {
        auto key = auth::client_key::read(from.key, from.key_id);
        if (!key)
            return fail(errc::config, "privateKeyPath '" + from.key_path + "': " + key.error().text);
        out.key = std::make_shared<const auth::client_key>(std::move(*key));
    }
    return out;
}

std::string type_urn(const std::string& name, std::string_view usual) {
    if (name.empty())
        return std::string(usual);
    return name.find(':') == std::string::npos ? "urn:ietf:params:oauth:token-type:" + name : name;
}

} // namespace

result<auth::token_plan> plan_of(const auth_strategy& from) {
    const auto& tokens = from.tokens;
    auth::token_plan out{.audience = tokens.audience, .resource = tokens.resource, .scopes = tokens.scopes};
    out.how = from.type == kind::xaa                  ? way::id_jag
              : from.type == kind::client_credentials ? way::client_credentials
                                                      : way::exchange;
    out.subject_token_type = type_urn(tokens.subject_token_type,
                                      out.how == way::id_jag ? auth::type_id_token : auth::type_access_token);
    for (const auto& [to, client] :
         {std::pair(&out.endpoint, &tokens.endpoint), {&out.target, &tokens.target}}) {
        auto made = endpoint_of(*client);
        if (!made)
            return made.error();
        *to = std::move(*made);
    }
    return out;
}

result<std::shared_ptr<token_vault>> credential_maker::vault() {
    if (!by_) {
        // The operator chose these URLs: they may lead into the operator's own network, and still not to where clouds
        // keep credentials.
        auto made = make_fetcher({.allow_private = true});
        if (!made)
            return made.error();
        by_ = std::move(*made);
    }
    if (!vault_)
        vault_ = std::make_shared<token_vault>(by_);
    return vault_;
}

std::shared_ptr<credential_source> credential_maker::make(const backend_config& of) {
    if (of.auth.type == kind::unauthenticated || of.auth.type == kind::header_injection)
        return std::make_shared<auth::static_credentials>(of);
    auto plan = plan_of(of.auth);
    auto from = vault();
    if (plan && from)
        return std::make_shared<token_credentials>(of, std::move(*plan), std::move(*from));
    auto why = plan ? from.error() : plan.error();
    log::error("outgoingAuth of backend {}: {}", of.name, why.message());
    return std::make_shared<unusable_credentials>(std::move(why));
}

} // namespace vmcp
