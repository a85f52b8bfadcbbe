// Which backends a cluster defines: by their objects, and by what they refer to.
#include "vmcp/cluster/cluster_definitions.hpp"

#include "vmcp/base/base64url.hpp"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vmcp {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using kind = auth_strategy::kind;

constexpr std::string_view certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";

std::string base64(std::string_view text) {
    auto out = base64url_encode(text);
    std::ranges::replace(out, '-', '+');
    std::ranges::replace(out, '_', '/');
    while (out.size() % 4 != 0)
        out.push_back('=');
    return out;
}

class cluster : public testing::Test {
protected:
    // As it is in the API: only members that count.
    void server(const std::string& name, json spec = json::object(), json status = json::object()) {
        add(workload_kind::server, name, std::move(spec), std::move(status),
            {{"url", "http://" + name + ".svc:8080/mcp"}, {"phase", "Ready"}});
    }
    void entry(const std::string& name, json spec = json::object()) {
        spec.emplace("remoteUrl", "https://" + name + ".example/mcp");
        spec.emplace("transport", "streamable-http");
        add(workload_kind::entry, name, std::move(spec), json::object(), {{"phase", "Valid"}});
    }
    void add(workload_kind of_kind, const std::string& name, json spec, json status, const json& usual) {
        spec.emplace("groupRef", json{{"name", "g"}});
        for (const auto& [key, value] : usual.items())
            status.emplace(key, value);
        const json object{
            {"metadata", {{"name", name}, {"annotations", annotations}}}, {"spec", spec}, {"status", status}};
        workloads.push_back({of_kind, name, kept_of_workload(object.dump())});
    }
    void auth(const std::string& name, const json& spec) {
        referred[{referred_kind::auth_config, name}] = {
            referred_object::state::there, kept_of(referred_kind::auth_config, json{{"spec", spec}}.dump()),
            ""};
    }
    void secret(const std::string& name, const std::string& key, std::string_view value) {
        referred[{referred_kind::secret, name}] = {
            referred_object::state::there,
            kept_of(referred_kind::secret, json{{"data", {{key, base64(value)}}}}.dump()), ""};
    }
    static json ref(const std::string& name) { return {{"name", name}}; }
    static json key_ref(const std::string& name, const std::string& key) {
        return {{"name", name}, {"key", key}};
    }

    cluster_definitions define() {
        const definition_rules rules{std::make_shared<const config>(settings), discovery, "ns"};
        return define_backends(rules, workloads, [this](const object_ref& wanted) {
            const auto found = referred.find(wanted);
            return found == referred.end() ? referred_object{.at = referred_object::state::missing}
                                           : found->second;
        });
    }
    backend_config one() {
        auto all = define().all;
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? backend_config{} : all.front().backend;
    }
    std::string problem() { return one().problem; }

    config settings = [] {
        config out;
        out.group_ref = "g";
        out.cluster.discover = true;
        return out;
    }();
    discovery_settings discovery{};
    json annotations = json::object();
    std::vector<cluster_workload> workloads{};
    std::map<object_ref, referred_object> referred{};
};

TEST_F(cluster, members_of_the_group_are_backends_by_name) {
    server("b");
    server("a");
    server("other", {{"groupRef", ref("x")}});
    entry("c");
    const auto all = define().all;
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].backend.name, "a");
    EXPECT_EQ(all[0].backend.url, "http://a.svc:8080/mcp");
    EXPECT_EQ(all[0].backend.problem, "");
    EXPECT_EQ(all[1].backend.name, "b");
    EXPECT_EQ(all[2].backend.url, "https://c.example/mcp");
}

TEST_F(cluster, of_equal_names_the_server_comes_first) {
    entry("a");
    add(workload_kind::remote_proxy, "a", json::object(), json::object(), {{"url", "http://p/mcp"}});
    server("a");
    const auto all = define().all;
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].kind, workload_kind::server);
    EXPECT_EQ(all[1].kind, workload_kind::remote_proxy);
    EXPECT_EQ(all[2].kind, workload_kind::entry);
}

TEST_F(cluster, what_is_being_deleted_is_gone) {
    const json object{{"metadata", {{"name", "a"}, {"deletionTimestamp", "2026-01-01T00:00:00Z"}}},
                      {"spec", {{"groupRef", ref("g")}}},
                      {"status", {{"url", "http://a/mcp"}}}};
    workloads.push_back({workload_kind::server, "a", kept_of_workload(object.dump())});
    server("b", json::object(), {{"phase", "Terminating"}});
    EXPECT_THAT(define().all, IsEmpty());
}

TEST_F(cluster, without_a_url_it_waits_for_one) {
    server("a", json::object(), {{"url", ""}, {"phase", "Pending"}});
    EXPECT_EQ(problem(), "it has no URL yet (phase Pending)");
    workloads.clear();
    add(workload_kind::entry, "e", {{"remoteUrl", "https://x/mcp"}, {"transport", "streamable-http"}},
        json::object(), {{"phase", "Failed"}});
    EXPECT_THAT(problem(), HasSubstr("not valid (phase Failed)"));
}

TEST_F(cluster, transports_are_those_of_the_proxy) {
    const std::vector<std::pair<json, std::string>> cases{
        {json::object(), "streamable-http"},
        {{{"transport", "stdio"}}, "streamable-http"},
        {{{"transport", "stdio"}, {"proxyMode", "streamable-http"}}, "streamable-http"},
        {{{"transport", "streamable-http"}, {"proxyMode", "sse"}}, "streamable-http"},
        {{{"transport", "stdio"}, {"proxyMode", "sse"}}, "sse"},
        {{{"transport", "sse"}}, "sse"}};
    for (const auto& [spec, expected] : cases) {
        workloads.clear();
        server("a", spec);
        EXPECT_EQ(one().transport, expected) << spec;
    }
    workloads.clear();
    server("a", {{"transport", "carrier-pigeon"}});
    EXPECT_THAT(problem(), HasSubstr("transport: expected one of: streamable-http, sse"));
}

TEST_F(cluster, a_fragment_of_the_url_is_for_others) {
    server("a", json::object(), {{"url", "http://a.svc:8080/mcp#a"}});
    EXPECT_EQ(one().url, "http://a.svc:8080/mcp");
    EXPECT_EQ(problem(), "");
}

TEST_F(cluster, annotations_are_metadata_but_those_of_the_clusters_own_tools) {
    annotations = {
        {"team", "blue"}, {"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"a.k8s.io/x", "1"}};
    server("a");
    EXPECT_THAT(one().metadata,
                ElementsAre(Pair("kind", "MCPServer"), Pair("namespace", "ns"), Pair("team", "blue")));
}

TEST_F(cluster, deadlines_are_those_of_the_configuration) {
    settings.operational.default_timeout = milliseconds(7'000);
    settings.operational.per_workload["b"] = milliseconds(9'000);
    server("a");
    server("b");
    const auto all = define().all;
    EXPECT_EQ(all[0].backend.timeout, milliseconds(7'000));
    EXPECT_EQ(all[1].backend.timeout, milliseconds(9'000));
}

// ---- credentials

TEST_F(cluster, header_injection_takes_its_value_from_a_secret) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    auth("x", {{"type", "headerInjection"},
               {"headerInjection", {{"headerName", "X-Key"}, {"valueSecretRef", key_ref("s", "k")}}}});
    secret("s", "k", "hunter2 ${HOME}\n");
    const auto made = one();
    EXPECT_EQ(made.problem, "");
    EXPECT_EQ(made.auth.type, kind::header_injection);
    EXPECT_EQ(made.auth.header_name, "X-Key");
    EXPECT_EQ(made.auth.header_value, "hunter2 ${HOME}"); // nothing is filled in, and no line end
    EXPECT_THAT(define().needed, ElementsAre(object_ref{referred_kind::auth_config, "x"},
                                             object_ref{referred_kind::secret, "s"}));
}

TEST_F(cluster, bearer_tokens_are_headers_too) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    auth("x", {{"type", "bearerToken"}, {"bearerToken", {{"tokenSecretRef", key_ref("s", "k")}}}});
    secret("s", "k", "t0ken");
    EXPECT_EQ(one().auth.header_name, "Authorization");
    EXPECT_EQ(one().auth.header_value, "Bearer t0ken");
}

TEST_F(cluster, tokens_are_exchanged_as_the_file_would_say_it) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    auth("x", {{"type", "tokenExchange"},
               {"tokenExchange",
                {{"tokenUrl", "https://idp/token"},
                 {"clientId", "c"},
                 {"audience", "aud"},
                 {"scopes", {"s1", "s2"}},
                 {"subjectTokenType", "jwt"},
                 {"clientSecretRef", key_ref("s", "k")}}}});
    secret("s", "k", "sec");
    const auto made = one();
    EXPECT_EQ(made.problem, "");
    EXPECT_EQ(made.auth.type, kind::token_exchange);
    EXPECT_EQ(made.auth.tokens.endpoint.url, "https://idp/token");
    EXPECT_EQ(made.auth.tokens.endpoint.secret, "sec");
    EXPECT_EQ(made.auth.tokens.audience, "aud");
    EXPECT_THAT(made.auth.tokens.scopes, ElementsAre("s1", "s2"));
}

TEST_F(cluster, the_rules_of_the_file_hold) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    auth("x", {{"type", "tokenExchange"},
               {"tokenExchange", {{"tokenUrl", "http://idp/token"}, {"audience", "aud"}}}});
    EXPECT_THAT(problem(), HasSubstr("tokenExchange.tokenUrl: must be https"));
    EXPECT_EQ(one().auth, auth_strategy{}); // nothing is kept of what is not served
}

TEST_F(cluster, xaa_and_aws_and_none) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    server("b", {{"externalAuthConfigRef", ref("y")}});
    server("c", {{"externalAuthConfigRef", ref("z")}});
    auth("x", {{"type", "xaa"},
               {"xaa",
                {{"idpTokenUrl", "https://idp/t"},
                 {"targetTokenUrl", "https://as/t"},
                 {"targetAudience", "https://as"}}}});
    auth("y", {{"type", "awsSts"},
               {"awsSts",
                {{"region", "eu-central-1"},
                 {"fallbackRoleArn", "arn:aws:iam::123456789012:role/r"},
                 {"sessionDuration", 1800}}}});
    auth("z", {{"type", "unauthenticated"}});
    const auto all = define().all;
    EXPECT_EQ(all[0].backend.problem, "");
    EXPECT_EQ(all[0].backend.auth.type, kind::xaa);
    EXPECT_EQ(all[1].backend.problem, "");
    EXPECT_EQ(all[1].backend.auth.tokens.aws.session_seconds, 1800U);
    EXPECT_EQ(all[2].backend.problem, "");
    EXPECT_EQ(all[2].backend.auth.type, kind::unauthenticated);
}

TEST_F(cluster, never_served_without_the_credentials_it_needs) {
    const std::vector<std::pair<json, std::string>> cases{
        {{{"type", "upstreamInject"}, {"upstreamInject", {{"providerName", "p"}}}},
         "'upstreamInject' is not supported"},
        {{{"type", "embeddedAuthServer"}}, "'embeddedAuthServer' is not supported"},
        {{{"type", "obo"}}, "'obo' is not supported"},
        {json::object(), "type '' is not supported"},
        {{{"type", "tokenExchange"},
          {"tokenExchange",
           {{"tokenUrl", "https://i/t"}, {"audience", "a"}, {"externalTokenHeaderName", "X"}}}},
         "externalTokenHeaderName"},
        {{{"type", "tokenExchange"},
          {"tokenExchange", {{"tokenUrl", "https://i/t"}, {"audience", "a"}, {"subjectProviderName", "X"}}}},
         "subjectProviderName"},
        {{{"type", "awsSts"},
          {"awsSts",
           {{"region", "r"},
            {"roleMappings", {{{"matcher", "true"}, {"roleArn", "arn:aws:iam::123456789012:role/r"}}}}}}},
         "matcher"},
        {{{"type", "headerInjection"}}, "Secret"},
        {{{"type", "headerInjection"},
          {"headerInjection", {{"headerName", "X"}, {"valueSecretRef", key_ref("gone", "k")}}}},
         "there is no Secret 'gone'"},
        {{{"type", "headerInjection"},
          {"headerInjection", {{"headerName", "X"}, {"valueSecretRef", key_ref("s", "other")}}}},
         "the Secret 's' has no key 'other'"}};
    server("a", {{"externalAuthConfigRef", ref("x")}});
    secret("s", "k", "v");
    for (const auto& [spec, expected] : cases) {
        auth("x", spec);
        EXPECT_THAT(problem(), HasSubstr(expected)) << spec;
        EXPECT_THAT(problem(), HasSubstr("MCPExternalAuthConfig")) << spec;
    }
    referred.erase({referred_kind::auth_config, "x"});
    EXPECT_EQ(problem(), "there is no MCPExternalAuthConfig 'x'");
    referred[{referred_kind::auth_config, "x"}] = {referred_object::state::unreadable, "", "HTTP 403"};
    EXPECT_EQ(problem(), "the MCPExternalAuthConfig 'x' cannot be read: HTTP 403");
}

TEST_F(cluster, no_message_shows_a_secret) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    auth("x", {{"type", "headerInjection"},
               {"headerInjection", {{"headerName", "X"}, {"valueSecretRef", key_ref("s", "k")}}}});
    secret("s", "k", "hunter2\nhunter3");
    EXPECT_THAT(problem(), HasSubstr("no line ends"));
    EXPECT_THAT(problem(), Not(HasSubstr("hunter")));
}

TEST_F(cluster, what_is_being_asked_for_is_pending) {
    server("a", {{"externalAuthConfigRef", ref("x")}});
    referred[{referred_kind::auth_config, "x"}] = {};
    EXPECT_TRUE(define().all.at(0).pending);
    EXPECT_EQ(define().all.at(0).backend.auth, auth_strategy{});
}

TEST_F(cluster, the_configuration_wins_and_its_default_is_for_those_that_refer_to_nothing) {
    discovery.strategies["a"].auth = {
        .type = kind::header_injection, .header_name = "X", .header_value = "own"};
    discovery.fallback = {
        .auth = {.type = kind::header_injection, .header_name = "X", .header_value = "default"}};
    server("a", {{"externalAuthConfigRef", ref("gone")}});
    server("b");
    server("c", {{"externalAuthConfigRef", ref("z")}});
    auth("z", {{"type", "unauthenticated"}});
    const auto all = define().all;
    EXPECT_EQ(all[0].backend.auth.header_value, "own");
    EXPECT_EQ(all[0].backend.problem, "");
    EXPECT_EQ(all[1].backend.auth.header_value, "default");
    EXPECT_EQ(all[2].backend.auth.type, kind::unauthenticated);
    discovery.strategies["a"].problem = "headerValueEnv: not set";
    EXPECT_EQ(define().all[0].backend.problem, "headerValueEnv: not set");
}

TEST_F(cluster, the_mistakes_of_one_cost_no_other_its_credentials) {
    json many = json::object();
    for (int i = 0; i < 1'200; ++i)
        many["bad header " + std::to_string(i)] = "v";
    discovery.tool_configs = {{"z", "t"}};
    referred[{referred_kind::tool_config, "t"}] = {referred_object::state::there, R"({"toolsFilter":["x"]})",
                                                   ""};
    server("m", {{"headerForward", {{"addPlaintextHeaders", many}}}});
    auth("x", {{"type", "headerInjection"},
               {"headerInjection", {{"headerName", "X-Key"}, {"valueSecretRef", key_ref("s", "k")}}}});
    secret("s", "k", "hunter2");
    for (const auto* const name : {"a", "b", "y", "z"})
        server(name, {{"externalAuthConfigRef", ref("x")}});
    const auto found = define();
    ASSERT_EQ(found.all.size(), 5U);
    for (const auto& each : found.all) {
        const bool good = each.backend.name != "m";
        EXPECT_EQ(each.backend.problem.empty(), good) << each.backend.name << each.backend.problem;
        EXPECT_EQ(each.backend.auth.header_value, good ? "hunter2" : "") << each.backend.name;
    }
    EXPECT_THAT(found.tools.at("z").filter.value(), ElementsAre("x"));
    EXPECT_FALSE(found.tools.at("z").exclude_all);
}

// What comes after so many mistakes has not been read: nothing of it is known to be right.
TEST_F(cluster, never_served_where_not_all_of_it_was_read) {
    json scopes = json::array();
    for (int i = 0; i < 1'200; ++i)
        scopes.push_back("a\nb");
    server("a", {{"externalAuthConfigRef", ref("x")},
                 {"headerForward", {{"addPlaintextHeaders", {{"X-Plain", "p"}}}}}});
    auth("x", {{"type", "tokenExchange"},
               {"tokenExchange", {{"tokenUrl", "https://i/t"}, {"audience", "a"}, {"scopes", scopes}}}});
    const auto made = one();
    EXPECT_NE(made.problem, "");
    EXPECT_THAT(made.headers, IsEmpty());
    EXPECT_EQ(made.auth, auth_strategy{});
}

TEST_F(cluster, a_group_without_a_name_has_no_members) {
    settings.group_ref = "";
    server("a", {{"groupRef", json::object()}});
    server("b", {{"groupRef", ref("")}});
    EXPECT_THAT(define().all, IsEmpty());
}

TEST_F(cluster, problems_are_short_whatever_stands_in_the_object) {
    server("a", {{"headerForward", {{"addPlaintextHeaders", {{std::string(1'000'000, 'x') + " y", "v"}}}}}});
    EXPECT_NE(problem(), "");
    EXPECT_LT(problem().size(), 600U);
}

// ---- headers, authorities

TEST_F(cluster, headers_are_forwarded_also_out_of_secrets) {
    entry("a", {{"headerForward",
                 {{"addPlaintextHeaders", {{"X-Plain", "p"}}},
                  {"addHeadersFromSecret",
                   {{{"headerName", "X-Secret"}, {"valueSecretRef", key_ref("s", "k")}}}}}}});
    secret("s", "k", "v");
    EXPECT_THAT(one().headers, ElementsAre(Pair("X-Plain", "p"), Pair("X-Secret", "v")));
    EXPECT_EQ(problem(), "");
    workloads.clear();
    entry("a", {{"headerForward", {{"addPlaintextHeaders", {{"Host", "p"}}}}}});
    EXPECT_THAT(problem(), HasSubstr("Host"));
}

TEST_F(cluster, headers_do_not_meet_those_of_clients_or_credentials) {
    settings.passthrough_headers = {"x-plain"};
    entry("a", {{"headerForward", {{"addPlaintextHeaders", {{"X-Plain", "p"}}}}}});
    EXPECT_THAT(problem(), HasSubstr("passthroughHeaders"));
    settings.passthrough_headers = {};
    discovery.strategies["a"].auth = {
        .type = kind::header_injection, .header_name = "x-plain", .header_value = "v"};
    EXPECT_THAT(problem(), HasSubstr("as its credentials do"));
}

TEST_F(cluster, authorities_come_from_a_config_map) {
    entry("a", {{"caBundleRef", {{"configMapRef", {{"name", "m"}, {"key", "ca.crt"}}}}}});
    EXPECT_EQ(problem(), "there is no ConfigMap 'm'");
    const auto put = [&](std::string_view text) {
        referred[{referred_kind::config_map, "m"}] = {
            referred_object::state::there,
            kept_of(referred_kind::config_map, json{{"data", {{"ca.crt", text}}}}.dump()), ""};
    };
    put("not PEM");
    EXPECT_THAT(problem(), HasSubstr("is not PEM"));
    put(certificate);
    EXPECT_EQ(problem(), "");
    EXPECT_EQ(one().ca_bundle, certificate);
}

// ---- tools

TEST_F(cluster, tool_configs_take_the_place_of_what_refers_to_them) {
    discovery.tool_configs = {{"a", "t"}};
    server("a");
    auto found = define();
    EXPECT_TRUE(found.tools.at("a").exclude_all); // it is not there
    EXPECT_THAT(found.tool_problems, ElementsAre(HasSubstr("there is no MCPToolConfig 't'")));
    referred[{referred_kind::tool_config, "t"}] = {
        referred_object::state::there,
        kept_of(referred_kind::tool_config,
                R"({"spec":{"toolsFilter":["x"],"toolsOverride":{"y":{"name":"x","description":"d"}}}})"),
        ""};
    found = define();
    EXPECT_THAT(found.tool_problems, IsEmpty());
    const auto& tools = found.tools.at("a");
    EXPECT_FALSE(tools.exclude_all);
    EXPECT_EQ(tools.workload, "a");
    EXPECT_THAT(tools.filter.value(), ElementsAre("x"));
    EXPECT_EQ(tools.overrides.at("y").name, "x");
}

} // namespace
} // namespace vmcp
