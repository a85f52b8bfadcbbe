// Where issuers publish their metadata, and what of it is believed.
#include "auth/discovery.hpp"
#include "auth/provider_metadata.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using kind = discovery_step::kind;

const steady_time t0{1000h};

std::string document(const json& more = json::object()) {
    json out{{"issuer", "https://issuer.example/realm"}, {"jwks_uri", "https://keys.example/jwks"}};
    out.update(more);
    return out.dump();
}

std::string problem(const std::string& text, bool allow_http = false) {
    const auto found = read_provider_metadata(text, "https://issuer.example/realm", allow_http);
    return found ? "" : found.error().text;
}

TEST(provider_metadata, places_in_order) {
    EXPECT_EQ(
        discovery_urls("https://issuer.example/realm/a"),
        (std::vector<std::string>{"https://issuer.example/realm/a/.well-known/openid-configuration",
                                  "https://issuer.example/.well-known/oauth-authorization-server/realm/a",
                                  "https://issuer.example/.well-known/openid-configuration/realm/a"}));
    const std::vector<std::string> root{"https://issuer.example:8443/.well-known/openid-configuration",
                                        "https://issuer.example:8443/.well-known/oauth-authorization-server"};
    EXPECT_EQ(discovery_urls("https://issuer.example:8443"), root);
    EXPECT_EQ(discovery_urls("https://issuer.example:8443/"), root);
    EXPECT_EQ(discovery_urls("https://a/b/").front(), "https://a/b/.well-known/openid-configuration");
}

TEST(provider_metadata, issuers_are_https_without_query) {
    EXPECT_TRUE(check_issuer("https://issuer.example/realm", false));
    EXPECT_TRUE(check_issuer("http://127.0.0.1:9480", false));
    EXPECT_TRUE(check_issuer("http://issuer.example", true));
    EXPECT_FALSE(check_issuer("http://issuer.example", false));
    EXPECT_EQ(check_issuer("https://issuer.example?a=b", false).error().text, "an issuer has no query");
    EXPECT_FALSE(check_issuer("https://issuer.example#a", false));
    EXPECT_FALSE(check_issuer("issuer", false));
}

TEST(provider_metadata, reads_what_a_resource_server_needs) {
    const auto text = document({{"introspection_endpoint", "https://issuer.example/introspect"},
                                {"token_endpoint", "https://issuer.example/token"}});
    const auto found = read_provider_metadata(text, "https://issuer.example/realm", false).value();
    EXPECT_EQ(found.jwks_uri, "https://keys.example/jwks");
    EXPECT_EQ(found.introspection_endpoint, "https://issuer.example/introspect");
    EXPECT_EQ(found.document, text);
    EXPECT_EQ(
        read_provider_metadata(document(), "https://issuer.example/realm", false)->introspection_endpoint,
        "");
}

TEST(provider_metadata, the_issuer_is_exactly_the_one_that_was_asked) {
    for (const std::string_view other : {"https://issuer.example/realm/", "https://issuer.example",
                                         "https://ISSUER.example/realm", "https://mallory.example/realm", ""})
        EXPECT_EQ(problem(document({{"issuer", other}})),
                  "its issuer is '" + std::string(other) + "', expected 'https://issuer.example/realm'");
    EXPECT_EQ(problem(document({{"issuer", 1}})), "'issuer' is not a string");
    EXPECT_EQ(problem("{}"), "'issuer' is missing");
}

TEST(provider_metadata, endpoints_are_urls_that_may_be_asked) {
    EXPECT_EQ(problem(R"({"issuer":"https://issuer.example/realm"})"), "it has no 'jwks_uri'");
    EXPECT_EQ(problem(document({{"jwks_uri", "http://keys.example/"}})),
              "its 'jwks_uri' cannot be used: the URL must start with https://");
    EXPECT_EQ(problem(document({{"jwks_uri", "http://keys.example/"}}), true), "");
    EXPECT_EQ(problem(document({{"jwks_uri", "file:///etc/passwd"}}), true),
              "its 'jwks_uri' cannot be used: the URL must start with http:// or https://");
    EXPECT_EQ(problem(document({{"introspection_endpoint", "http://issuer.example/"}})),
              "its 'introspection_endpoint' cannot be used: the URL must start with https://");
    EXPECT_EQ(problem(document({{"jwks_uri", 1}})), "'jwks_uri' is not a string");
    EXPECT_EQ(problem("<html>"), "it is no object of strict JSON, or is nested too deeply");
    EXPECT_EQ(problem(R"({"issuer":"a","issuer":"https://issuer.example/realm"})"),
              "it holds a member twice");
}

TEST(discovery, takes_the_first_place_that_answers_well) {
    discovery one("https://issuer.example/realm", false);
    EXPECT_TRUE(one.due(t0));
    EXPECT_EQ(
        one.begin(),
        (discovery_step{kind::fetch, "https://issuer.example/realm/.well-known/openid-configuration", {}}));
    EXPECT_EQ(one.fetched({.status = 200, .body = document()}, t0), (discovery_step{kind::done, {}, {}}));
    EXPECT_EQ(one.metadata()->jwks_uri, "https://keys.example/jwks");
    EXPECT_FALSE(one.due(t0));
}

TEST(discovery, goes_on_to_the_next_place) {
    discovery one("https://issuer.example/realm", false);
    (void)one.begin();
    EXPECT_EQ(one.fetched({.status = 404}, t0).url,
              "https://issuer.example/.well-known/oauth-authorization-server/realm");
    EXPECT_EQ(one.fetched({.status = 200, .body = document({{"issuer", "https://issuer.example"}})}, t0).url,
              "https://issuer.example/.well-known/openid-configuration/realm");
    EXPECT_EQ(one.fetched({.status = 200, .body = document()}, t0).what, kind::done);
}

TEST(discovery, says_what_came_from_each_place) {
    discovery one("https://issuer.example", false);
    (void)one.begin();
    (void)one.fetched({.status = 302, .location = "https://login.example"}, t0);
    const auto failed = one.fetched({.status = 200, .body = "<html>"}, t0);
    EXPECT_EQ(failed.what, kind::failed);
    EXPECT_EQ(failed.problem, "'https://issuer.example/.well-known/openid-configuration': it redirects to "
                              "'https://login.example', which is not followed; "
                              "'https://issuer.example/.well-known/oauth-authorization-server': "
                              "it is no object of strict JSON, or is nested too deeply");
    EXPECT_EQ(one.metadata(), std::nullopt);
    EXPECT_TRUE(one.due(t0));
}

TEST(discovery, a_host_that_does_not_answer_is_asked_once) {
    discovery one("https://issuer.example/realm", false);
    (void)one.begin();
    const auto failed = one.fetched({.error = "connection refused"}, t0);
    EXPECT_EQ(failed.what, kind::failed);
    EXPECT_EQ(failed.problem, "'https://issuer.example/realm/.well-known/openid-configuration': no answer: "
                              "'connection refused'");
}

TEST(discovery, looks_again_every_day_and_when_contradicted) {
    discovery one("https://issuer.example/realm", false);
    (void)one.begin();
    (void)one.fetched({.status = 200, .body = document()}, t0);
    EXPECT_FALSE(one.due(t0 + 24h - 1s));
    EXPECT_TRUE(one.due(t0 + 24h));
    one.contradicted();
    EXPECT_TRUE(one.due(t0 + 1s));
    (void)one.begin();
    (void)one.fetched({.error = "timeout"}, t0 + 2s);
    EXPECT_EQ(one.metadata()->jwks_uri, "https://keys.example/jwks"); // still the best that is known
    EXPECT_FALSE(one.due(t0 + 61s));
    EXPECT_TRUE(one.due(t0 + 62s));
    (void)one.begin();
    (void)one.fetched({.status = 200, .body = document({{"jwks_uri", "https://keys.example/2"}})}, t0 + 62s);
    EXPECT_FALSE(one.due(t0 + 2min));
    EXPECT_EQ(one.metadata()->jwks_uri, "https://keys.example/2");
}

} // namespace
} // namespace auth
