#include "vmcp/outgoing/make_credentials.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/outgoing/aws_credentials.hpp"
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
    std::shared_ptr<const credential> at_hand(const caller*) override { return nullptr; }
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

std::string type_urn(const std::string& name) {
    if (name.empty())
        return std::string(auth::type_access_token);
    return name.find(':') == std::string::npos ? "urn:ietf:params:oauth:token-type:" + name : name;
}

} // namespace

result<auth::token_plan> plan_of(const auth_strategy& from) {
    const auto& tokens = from.tokens;
    auth::token_plan out{.audience = tokens.audience, .resource = tokens.resource, .scopes = tokens.scopes};
    out.how = from.type == kind::xaa                  ? way::id_jag
              : from.type == kind::client_credentials ? way::client_credentials
                                                      : way::exchange;
    out.subject_token_type = type_urn(tokens.subject_token_type);
    for (const auto& [to, client] :
         {std::pair(&out.endpoint, &tokens.endpoint), {&out.target, &tokens.target}}) {
        auto made = endpoint_of(*client);
        if (!made)
            return made.error();
        *to = std::move(*made);
    }
    return out;
}

// The operator chose the URLs of the configuration: they may lead into the operator's own network, and still not to where
// clouds keep credentials. What a peer chose may not, unless the operator says so.
result<std::shared_ptr<fetcher>> credential_maker::fetcher_for(const std::string& ca_bundle,
                                                               bool allow_private) {
    if (by_)
        return by_;
    std::erase_if(fetchers_, [](const auto& one) { return one.second.expired(); });
    auto& known = fetchers_[(allow_private ? "p" : "g") + ca_bundle];
    if (auto one = known.lock())
        return one;
    auto made = make_fetcher(
        {.ca_bundle = ca_bundle, .allow_private = allow_private, .allowing_key = "allowPrivateIp"});
    if (made)
        known = *made;
    return made;
}

result<std::shared_ptr<credential_source>> credential_maker::make_tokens(const backend_config& definition) {
    const auto& tokens = definition.auth.tokens;
    auto plan = plan_of(definition.auth);
    if (!plan)
        return plan.error();
    auto given = fetcher_for(tokens.ca_bundle, true);
    auto found = fetcher_for(tokens.ca_bundle, tokens.allow_private_ip);
    auto near = fetcher_for(definition.ca_bundle, true);
    for (const auto* one : {&given, &found, &near})
        if (!*one)
            return one->error();
    token_credentials::parts parts{.vault = vault_, .given = *given, .found = *found};
    const bool by_target = plan->how == way::id_jag;
    if ((by_target ? plan->target : plan->endpoint).url.empty())
        parts.finder = std::make_unique<endpoint_finder>(
            endpoint_finder::settings{.backend_url = definition.url,
                                      .issuer = by_target ? tokens.audience : tokens.issuer,
                                      .headers = {definition.headers.begin(), definition.headers.end()},
                                      .near = *near,
                                      .far = *found});
    parts.plan = std::move(*plan);
    return std::shared_ptr<credential_source>(
        std::make_shared<token_credentials>(definition, std::move(parts)));
}

result<std::shared_ptr<credential_source>> credential_maker::make_aws(const backend_config& definition) {
    auto by = fetcher_for(definition.auth.tokens.ca_bundle, true);
    if (!by)
        return by.error();
    return std::shared_ptr<credential_source>(
        std::make_shared<aws_credentials>(definition, vault_, std::move(*by)));
}

std::shared_ptr<credential_source> credential_maker::make(const backend_config& definition) {
    if (definition.auth.type == kind::unauthenticated || definition.auth.type == kind::header_injection)
        return std::make_shared<auth::static_credentials>(definition);
    auto made = definition.auth.type == kind::aws_sts ? make_aws(definition) : make_tokens(definition);
    if (made)
        return std::move(*made);
    log::error("outgoingAuth of backend {}: {}", definition.name, made.error().message());
    return std::make_shared<unusable_credentials>(made.error());
}

} // namespace vmcp
