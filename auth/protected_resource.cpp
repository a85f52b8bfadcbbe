#include "auth/protected_resource.hpp"

#include "auth/challenge.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/url.hpp"

#include <algorithm>

namespace auth {
namespace {

constexpr std::string_view well_known = "/.well-known/";
constexpr std::string_view metadata_path = "/.well-known/oauth-protected-resource";
constexpr std::string_view not_found = R"({"error":"not_found"})";

// Where scheme and host of an absolute URL end.
std::size_t end_of_origin(std::string_view url) {
    return std::min(url.find_first_of("/?", url.find("://") + 3), url.size());
}

class object_writer {
public:
    void text(std::string_view name, std::string_view value) {
        if (!value.empty())
            raw(name, vmcp::quoted(value));
    }

    void list(std::string_view name, std::span<const std::string> values) {
        std::string out = "[";
        for (const auto& one : values) {
            out.append(out.size() > 1 ? "," : "");
            vmcp::append_quoted(out, one);
        }
        if (!values.empty())
            raw(name, out + "]");
    }

    void raw(std::string_view name, std::string_view json) {
        out_.append(out_.empty() ? "{" : ",").append(vmcp::quoted(name)).append(":").append(json);
    }

    [[nodiscard]] std::string done() && { return std::move(out_) + "}"; }

private:
    std::string out_{};
};

std::vector<std::string> split(const std::string& words) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from < words.size();) {
        const auto end = std::min(words.find(' ', from), words.size());
        out.push_back(words.substr(from, end - from));
        from = end + 1;
    }
    return out;
}

std::string write(const resource_settings& settings) {
    static const std::vector<std::string> header_only{"header"};
    object_writer out;
    out.text("resource", settings.resource);
    out.list("authorization_servers", settings.authorization_servers);
    out.list("bearer_methods_supported", header_only);
    out.list("scopes_supported", split(scope_list(settings.scopes)));
    out.text("resource_name", settings.name);
    out.text("resource_documentation", settings.documentation);
    if (settings.dpop)
        out.list("dpop_signing_alg_values_supported", split(algorithm_list(settings.dpop_algorithms)));
    if (settings.certificate_bound_tokens)
        out.raw("tls_client_certificate_bound_access_tokens", "true");
    return std::move(out).done();
}

// Browsers ask from any page: the document is public, and holds nothing about whoever asks.
std::vector<std::pair<std::string_view, std::string_view>> cross_origin() {
    return {{"Access-Control-Allow-Origin", "*"},
            {"Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"},
            {"Access-Control-Allow-Headers", "mcp-protocol-version, content-type, authorization"}};
}

} // namespace

parsed<protected_resource> protected_resource::make(const resource_settings& settings) {
    const auto url = vmcp::parse_url(settings.resource);
    if (!url)
        return flawed("the resource cannot be used: " + url.error().detail);
    if (settings.authorization_servers.empty())
        return flawed("the resource has no authorization server");
    const auto origin = end_of_origin(settings.resource);
    auto rest = settings.resource.substr(origin);
    if (rest == "/")
        rest.clear();
    protected_resource out;
    out.paths_.push_back(std::string(metadata_path) + rest);
    if (!rest.empty())
        out.paths_.emplace_back(metadata_path);
    out.metadata_url_ = settings.resource.substr(0, origin) + out.paths_.front();
    out.document_ = write(settings);
    return out;
}

std::optional<metadata_answer> protected_resource::answer(std::string_view method,
                                                          std::string_view target) const {
    if (!target.starts_with(well_known))
        return std::nullopt;
    metadata_answer out{404, cross_origin(), not_found};
    if (std::find(paths_.begin(), paths_.end(), target) == paths_.end()) {
        out.fields.emplace_back("Content-Type", "application/json");
    } else if (method == "OPTIONS") {
        out.status = 204;
        out.body = {};
        out.fields.emplace_back("Access-Control-Max-Age", "300");
    } else if (method == "GET" || method == "HEAD") {
        out.status = 200;
        out.body = document_;
        out.fields.emplace_back("Content-Type", "application/json");
        out.fields.emplace_back("Cache-Control", "public, max-age=300");
    } else {
        out.status = 405;
        out.body = {};
        out.fields.emplace_back("Allow", "GET, HEAD, OPTIONS");
    }
    return out;
}

} // namespace auth
