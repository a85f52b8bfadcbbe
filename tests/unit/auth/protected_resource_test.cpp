// The protected resource's metadata: document, places, answers.
#include "auth/protected_resource.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace auth {
namespace {

using nlohmann::json;

resource_settings settings(std::string resource = "https://gateway.example/mcp") {
    resource_settings out;
    out.resource = std::move(resource);
    out.authorization_servers = {"https://issuer.example"};
    return out;
}

protected_resource made(const resource_settings& from = settings()) {
    return protected_resource::make(from).value();
}

std::vector<std::string> paths(const std::string& resource) {
    const auto found = made(settings(resource));
    return {found.paths().begin(), found.paths().end()};
}

std::map<std::string_view, std::string_view> fields(const metadata_answer& answer) {
    return {answer.fields.begin(), answer.fields.end()};
}

TEST(protected_resource, writes_the_document) {
    EXPECT_EQ(made().document(), R"({"resource":"https://gateway.example/mcp",)"
                                 R"("authorization_servers":["https://issuer.example"],)"
                                 R"("bearer_methods_supported":["header"]})");
    auto full = settings();
    full.authorization_servers.emplace_back("https://other.example");
    full.scopes = {"mcp:read", "offline_access", "mcp:write"};
    full.name = "Tools \"of\" the house";
    full.documentation = "https://docs.example/";
    full.dpop = true;
    full.dpop_algorithms = {algorithm::es256};
    full.certificate_bound_tokens = true;
    EXPECT_EQ(json::parse(made(full).document()), json::parse(R"({"resource":"https://gateway.example/mcp",
                  "authorization_servers":["https://issuer.example","https://other.example"],
                  "bearer_methods_supported":["header"],
                  "scopes_supported":["mcp:read","mcp:write"],
                  "resource_name":"Tools \"of\" the house",
                  "resource_documentation":"https://docs.example/",
                  "dpop_signing_alg_values_supported":["ES256"],
                  "tls_client_certificate_bound_access_tokens":true})"));
}

TEST(protected_resource, is_found_at_two_places) {
    EXPECT_EQ(paths("https://gateway.example/mcp"),
              (std::vector<std::string>{"/.well-known/oauth-protected-resource/mcp",
                                        "/.well-known/oauth-protected-resource"}));
    EXPECT_EQ(paths("https://gateway.example:8443/a/b?x=1"),
              (std::vector<std::string>{"/.well-known/oauth-protected-resource/a/b?x=1",
                                        "/.well-known/oauth-protected-resource"}));
    EXPECT_EQ(paths("https://gateway.example/mcp/"),
              (std::vector<std::string>{"/.well-known/oauth-protected-resource/mcp/",
                                        "/.well-known/oauth-protected-resource"}));
    const std::vector<std::string> root{"/.well-known/oauth-protected-resource"};
    EXPECT_EQ(paths("https://gateway.example"), root);
    EXPECT_EQ(paths("https://gateway.example/"), root);
}

TEST(protected_resource, says_where_it_is_found) {
    EXPECT_EQ(made().metadata_url(), "https://gateway.example/.well-known/oauth-protected-resource/mcp");
    EXPECT_EQ(made(settings("https://GATEWAY.example:443/")).metadata_url(),
              "https://GATEWAY.example:443/.well-known/oauth-protected-resource");
    EXPECT_EQ(made(settings("http://127.0.0.1:4483?x")).metadata_url(),
              "http://127.0.0.1:4483/.well-known/oauth-protected-resource?x");
}

TEST(protected_resource, refuses_identifiers_that_are_none) {
    for (const std::string resource :
         {"", "mcp", "urn:mcp", "https://h/#f", "https://a@h/", "https://h/a b", "ftp://h/"})
        EXPECT_FALSE(protected_resource::make(settings(resource))) << resource;
    auto nobody = settings();
    nobody.authorization_servers.clear();
    EXPECT_EQ(protected_resource::make(nobody).error().text, "the resource has no authorization server");
}

TEST(protected_resource, answers_at_its_places_only) {
    const auto resource = made();
    for (const std::string target :
         {"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"}) {
        const auto found = resource.answer("GET", target);
        EXPECT_EQ(found->status, 200);
        EXPECT_EQ(found->body, resource.document());
        EXPECT_EQ(fields(*found)["Content-Type"], "application/json");
        EXPECT_EQ(fields(*found)["Cache-Control"], "public, max-age=300");
        EXPECT_EQ(fields(*found)["Access-Control-Allow-Origin"], "*");
        EXPECT_EQ(resource.answer("HEAD", target), found);
    }
    for (const std::string target :
         {"/.well-known/oauth-protected-resource/", "/.well-known/oauth-protected-resource/mcp/",
          "/.well-known/oauth-protected-resource/other", "/.well-known/oauth-protected-resource?x",
          "/.well-known/oauth-protected-resourcemcp", "/.well-known/oauth-authorization-server",
          "/.well-known/openid-configuration", "/.well-known/"}) {
        const auto found = resource.answer("GET", target);
        EXPECT_EQ(found->status, 404) << target;
        EXPECT_TRUE(json::accept(found->body));
        EXPECT_EQ(fields(*found)["Content-Type"], "application/json");
    }
    for (const std::string target :
         {"/mcp", "/", "/.well-known", "/x/.well-known/oauth-protected-resource", ""})
        EXPECT_EQ(resource.answer("GET", target), std::nullopt) << target;
}

TEST(protected_resource, lets_browsers_ask) {
    const auto preflight = made().answer("OPTIONS", "/.well-known/oauth-protected-resource/mcp");
    EXPECT_EQ(preflight->status, 204);
    EXPECT_EQ(preflight->body, "");
    EXPECT_EQ(fields(*preflight)["Access-Control-Allow-Origin"], "*");
    EXPECT_EQ(fields(*preflight)["Access-Control-Allow-Headers"],
              "mcp-protocol-version, content-type, authorization");
    EXPECT_EQ(fields(*preflight)["Access-Control-Allow-Methods"], "GET, HEAD, OPTIONS");
    const auto post = made().answer("POST", "/.well-known/oauth-protected-resource/mcp");
    EXPECT_EQ(post->status, 405);
    EXPECT_EQ(fields(*post)["Allow"], "GET, HEAD, OPTIONS");
}

} // namespace
} // namespace auth
