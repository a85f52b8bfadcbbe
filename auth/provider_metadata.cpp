#include "auth/provider_metadata.hpp"

#include "auth/endpoint_url.hpp"
#include "auth/json_object.hpp"
#include "auth/text.hpp"

#include <algorithm>

namespace auth {
namespace {

constexpr std::string_view openid = "/.well-known/openid-configuration";
constexpr std::string_view oauth = "/.well-known/oauth-authorization-server";

parsed<std::string> endpoint(const json_object& object, std::string_view name, bool allow_http) {
    auto text = object.string(name);
    if (!text)
        return text.error();
    if (!*text)
        return std::string{};
    const auto url = read_endpoint(**text, allow_http);
    if (!url)
        return flawed("its '" + std::string(name) + "' cannot be used: " + url.error().text);
    return std::move(**text);
}

} // namespace

std::vector<std::string> discovery_urls(std::string_view issuer) {
    while (issuer.ends_with('/'))
        issuer.remove_suffix(1);
    const auto host = issuer.find("://") + 3;
    const auto slash = std::min(issuer.find('/', host), issuer.size());
    const std::string origin(issuer.substr(0, slash));
    const std::string path(issuer.substr(slash));
    std::vector<std::string> out{origin + path + std::string(openid), origin + std::string(oauth) + path};
    if (!path.empty())
        out.push_back(origin + std::string(openid) + path);
    return out;
}

parsed<void> check_issuer(std::string_view issuer, bool allow_http) {
    const auto url = read_endpoint(issuer, allow_http);
    if (!url)
        return url.error();
    if (issuer.find('?') != std::string_view::npos)
        return flawed("an issuer has no query");
    return {};
}

parsed<provider_metadata> read_provider_metadata(std::string_view document, std::string_view issuer,
                                                 bool allow_http) {
    const auto object = json_object::parse(document);
    if (!object)
        return object.error();
    auto named = object->required_string("issuer");
    if (!named)
        return named.error();
    if (*named != issuer)
        return flawed("its issuer is " + shown(*named) + ", expected " + shown(issuer));
    auto keys = endpoint(*object, "jwks_uri", allow_http);
    if (!keys)
        return keys.error();
    if (keys->empty())
        return flawed("it has no 'jwks_uri'");
    auto introspection = endpoint(*object, "introspection_endpoint", allow_http);
    if (!introspection)
        return introspection.error();
    return provider_metadata{std::move(*named), std::move(*keys), std::move(*introspection),
                             std::string(document)};
}

} // namespace auth
