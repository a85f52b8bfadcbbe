#include "auth/tokens/endpoint_search.hpp"

#include "auth/endpoint_url.hpp"
#include "auth/json_object.hpp"
#include "auth/provider_metadata.hpp"
#include "auth/text.hpp"
#include "auth/tokens/www_authenticate.hpp"

#include <algorithm>

namespace auth {

using kind = endpoint_search::step::kind;

namespace {

constexpr std::string_view well_known = "/.well-known/oauth-protected-resource";

// RFC 9728 section 3.1: inserted between host and path, then, as MCP has it, at the root.
std::vector<std::string> resource_metadata_urls(const vmcp::url& url) {
    const std::string origin = (url.tls ? "https://" : "http://") + url.authority;
    const std::string rest = url.target == "/" ? std::string() : url.target;
    std::vector<std::string> out{origin + std::string(well_known) + rest};
    if (!rest.empty())
        out.push_back(origin + std::string(well_known));
    return out;
}

std::string_view path_of(const vmcp::url& url) {
    auto path = std::string_view(url.target).substr(0, url.target.find('?'));
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

// The URL that a challenge for a token points to; empty: none does.
std::string pointed_at(const fetch_result& from) {
    const auto challenges = read_challenges(from.www_authenticate);
    if (!challenges)
        return {};
    for (const auto& one : *challenges)
        if (one.scheme == "bearer" || one.scheme == "dpop")
            if (const auto* at = one.find("resource_metadata"))
                return *at;
    return {};
}

bool same_origin(std::string_view a, std::string_view b) {
    const auto one = vmcp::parse_url(a);
    const auto two = vmcp::parse_url(b);
    return one && two && one->same_origin(*two);
}

} // namespace

std::vector<std::string> server_metadata_urls(std::string_view issuer) {
    auto out = discovery_urls(issuer);
    std::ranges::rotate(out, out.begin() + 1); // OpenID Connect's own place comes last
    return out;
}

bool is_resource_of(std::string_view resource, std::string_view url) {
    const auto one = vmcp::parse_url(resource);
    const auto two = vmcp::parse_url(url);
    if (!one || !two || !one->same_origin(*two))
        return false;
    if (one->target == two->target)
        return true;
    const auto above = path_of(*one);
    const auto path = path_of(*two);
    return one->target.find('?') == std::string::npos && path.starts_with(above) &&
           (path.size() == above.size() || path[above.size()] == '/');
}

endpoint_search::step endpoint_search::start() {
    return ask(asked::backend, backend_);
}

endpoint_search::step endpoint_search::fetched(const fetch_result& from) {
    switch (last_) {
    case asked::nothing:
        break;
    case asked::backend:
        return challenged(from);
    case asked::resource:
        return next_resource(from);
    case asked::server:
        return next_server(from);
    }
    return failed("nothing was asked");
}

endpoint_search::step endpoint_search::ask(asked document, std::string url) {
    last_ = document;
    if (document == asked::backend)
        return {.what = kind::ask_backend, .url = std::move(url)};
    const bool near = document == asked::resource && same_origin(url, backend_);
    return {.what = near ? kind::fetch_near : kind::fetch_far, .url = std::move(url)};
}

endpoint_search::step endpoint_search::challenged(const fetch_result& from) {
    if (from.status == 0)
        return failed("the backend cannot be asked: " + shown(from.error));
    const auto url = vmcp::parse_url(backend_);
    if (!url)
        return failed("the backend has no usable URL");
    auto said = from.status == 401 ? pointed_at(from) : std::string();
    pointed_ = !said.empty();
    if (pointed_) {
        const auto usable = read_endpoint(said, !url->tls && same_origin(said, backend_));
        if (!usable)
            return failed("the backend's 401 points to " + shown(said) + ": " + usable.error().text);
        urls_ = {std::move(said)};
    } else {
        urls_ = resource_metadata_urls(*url);
    }
    at_ = 0;
    return ask(asked::resource, urls_.front());
}

endpoint_search::step endpoint_search::next_resource(const fetch_result& from) {
    const auto document = document_of(from);
    if (document)
        return described(*document);
    problems_.append(problems_.empty() ? "" : "; ").append(shown(urls_[at_]) + ": " + document.error().text);
    if (from.status == 0 || pointed_)
        return failed("the backend's metadata cannot be had: " + problems_);
    if (++at_ < urls_.size())
        return ask(asked::resource, urls_[at_]);
    // A backend without metadata asks for tokens of an issuer that the operator knows.
    return issuer_.empty() ? failed("the backend does not say who issues tokens for it: " + problems_)
                           : begin_server(issuer_);
}

endpoint_search::step endpoint_search::described(std::string_view document) {
    const auto object = json_object::parse(document);
    auto resource = object ? object->required_string("resource") : parsed<std::string>(object.error());
    if (!resource)
        return failed("the backend's metadata cannot be used: " + resource.error().text);
    if (!is_resource_of(*resource, backend_))
        return failed("the backend's metadata is of another resource, " + shown(*resource));
    const auto servers = object->strings("authorization_servers");
    if (!servers || !*servers || (*servers)->empty())
        return failed("the backend's metadata names no authorization server");
    found_.resource = std::move(*resource);
    if (issuer_.empty())
        return begin_server((*servers)->front());
    if (std::ranges::find(**servers, issuer_) == (*servers)->end())
        return failed("the backend names the authorization server " + shown((*servers)->front()) +
                      ", and not " + shown(issuer_));
    return begin_server(issuer_);
}

endpoint_search::step endpoint_search::begin_server(std::string issuer) {
    if (const auto usable = check_issuer(issuer, false); !usable)
        return failed("the authorization server " + shown(issuer) +
                      " cannot be asked: " + usable.error().text);
    urls_ = server_metadata_urls(issuer);
    found_.issuer = std::move(issuer);
    problems_.clear();
    at_ = 0;
    return ask(asked::server, urls_.front());
}

endpoint_search::step endpoint_search::next_server(const fetch_result& from) {
    const auto document = document_of(from);
    const auto read = document ? read_server(*document) : parsed<void>(document.error());
    if (read)
        return {.what = kind::done};
    problems_.append(problems_.empty() ? "" : "; ").append(shown(urls_[at_]) + ": " + read.error().text);
    // A host that does not answer at one place will not at another.
    if (from.status != 0 && ++at_ < urls_.size())
        return ask(asked::server, urls_[at_]);
    return failed("the metadata of the authorization server cannot be had: " + problems_);
}

parsed<void> endpoint_search::read_server(std::string_view document) {
    const auto object = json_object::parse(document);
    if (!object)
        return object.error();
    const auto issuer = object->required_string("issuer");
    if (!issuer)
        return issuer.error();
    if (*issuer != found_.issuer) // RFC 8414 section 3.3
        return flawed("its issuer is " + shown(*issuer) + ", expected " + shown(found_.issuer));
    auto url = object->required_string("token_endpoint");
    if (!url)
        return url.error();
    if (const auto usable = read_endpoint(*url, false); !usable)
        return flawed("its 'token_endpoint' cannot be used: " + usable.error().text);
    const auto methods = object->strings("token_endpoint_auth_methods_supported");
    if (!methods)
        return methods.error();
    const auto takes = [&](std::string_view name) {
        return *methods && std::ranges::find(**methods, name) != (*methods)->end();
    };
    found_.secret_in_body = takes("client_secret_post") && !takes("client_secret_basic");
    found_.token_url = std::move(*url);
    return {};
}

} // namespace auth
