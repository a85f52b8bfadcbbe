// What is valid and hardly meant; and what the command line says beside the file.
#include "config_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;

std::string warnings_of(const loaded_config& loaded) {
    std::string out;
    for (const auto& one : loaded.warnings)
        out += format_warning(one) + "\n";
    return out;
}

TEST(warnings, no_backends_are_a_warning_where_the_file_says_so) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"name: x\nbackends: []", "conf/vmcp.yaml:2:1: warning: backends: empty: nothing is served"},
        {"backends:", "1:1: warning: backends: empty"},
        {"groupRef: g\nbackends: []", "2:1: warning: backends: empty"},
        {"mcpServers: {}", "1:1: warning: mcpServers: empty"},
        {"servers: {}", "1:1: warning: servers: empty"},
        {"backends: []\nmcpServers: {}", "1:1: warning: backends: empty"},
    };
    for (const auto& [text, expected] : cases) {
        const auto loaded = world{}.load(text);
        ASSERT_TRUE(loaded) << text << format_problems(loaded.problems);
        EXPECT_TRUE(loaded.value->backends.empty());
        EXPECT_THAT(warnings_of(loaded), HasSubstr(std::string(expected))) << text;
    }
    EXPECT_EQ(warnings_of(world{}.load(test::one_backend)), "");
}

TEST(warnings, tokens_that_nobody_can_find_or_ask_about_are_a_warning) {
    const auto warned_of = [](std::string_view more) {
        const auto loaded = world{}.load(std::string(test::one_backend) +
                                         "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', " +
                                         std::string(more) + "}}");
        EXPECT_TRUE(loaded) << format_problems(loaded.problems);
        return warnings_of(loaded);
    };
    EXPECT_THAT(warned_of("audience: vmcp"), HasSubstr("incomingAuth.oidc: without resource"));
    EXPECT_EQ(warned_of("audience: vmcp, resource: 'https://h/mcp'"), "");
    EXPECT_EQ(warned_of("audience: 'https://h/mcp'"), "");
    EXPECT_EQ(warned_of("resource: 'https://h/mcp'"), "");
    EXPECT_THAT(warned_of("resource: 'https://h/mcp', clientId: c, clientSecretEnv: NOT_SET"),
                HasSubstr("incomingAuth.oidc.clientId: is used at introspectionUrl only"));
    EXPECT_EQ(warned_of("resource: 'https://h/mcp', introspectionUrl: 'https://i/ask', clientId: c"), "");
}

TEST(warnings, everybody_at_an_address_that_others_reach_is_a_warning) {
    const auto warned_of = [](std::string_view host, std::string_view more = "") {
        const world empty;
        auto sources = empty.sources();
        sources.given.host = host;
        const auto loaded =
            load_config_text(std::string(test::one_backend) + std::string(more), "f", sources);
        EXPECT_TRUE(loaded) << format_problems(loaded.problems);
        return warnings_of(loaded);
    };
    for (const std::string_view host : {"127.0.0.1", "127.1.2.3", "localhost", "::1"})
        EXPECT_EQ(warned_of(host), "") << host;
    for (const std::string_view host : {"0.0.0.0", "::", "192.0.2.1"})
        EXPECT_THAT(warned_of(host), HasSubstr("incomingAuth.type: without oidc everybody who reaches "))
            << host;
    EXPECT_THAT(warned_of("::"), HasSubstr("[::]:"));
    EXPECT_EQ(
        warned_of("0.0.0.0",
                  "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', resource: 'https://h/mcp'}}\n"),
        "");
}

TEST(warnings, a_backend_that_is_the_gateway_itself_is_a_warning) {
    const auto warned_of = [](std::string_view url, std::string_view more = "", command_line given = {}) {
        const world empty;
        auto sources = empty.sources();
        sources.given = std::move(given);
        const auto text = fmt::format("backends: [{{name: a, url: '{}'}}]\n{}", url, more);
        const auto loaded = load_config_text(text, "f", sources);
        EXPECT_TRUE(loaded) << format_problems(loaded.problems);
        return warnings_of(loaded);
    };
    for (const auto* url :
         {"http://127.0.0.1:4483/mcp", "http://localhost:4483/mcp", "http://[::1]:4483/",
          "https://127.0.0.1:4483/mcp", "http://0.0.0.0:4483/mcp", "http://127.1.2.3:4483/mcp"})
        EXPECT_THAT(warned_of(url),
                    HasSubstr("f:1:27: warning: backends[0].url: leads to this gateway's own listener, "
                              "127.0.0.1:4483: it would call itself"))
            << url;
    for (const auto* url :
         {"http://127.0.0.1:4482/mcp", "http://10.0.0.1:4483/mcp", "http://127.example:4483/mcp",
          "http://mcp.example.com:4483/mcp", "http://127.0.0.1/mcp"})
        EXPECT_EQ(warned_of(url), "") << url;
    // The listener that the command line gives.
    EXPECT_EQ(warned_of("http://127.0.0.1:4483/mcp", "", {.port = 8080}), "");
    EXPECT_THAT(warned_of("http://127.0.0.1:8080/mcp", "", {.port = 8080}),
                HasSubstr("127.0.0.1:8080: it would"));
    EXPECT_THAT(warned_of("http://127.0.0.1:8080/mcp", "", {.host = "::", .port = 8080}),
                HasSubstr("[::]:8080"));
    EXPECT_THAT(warned_of("http://10.1.2.3:80/mcp", "", {.host = "10.1.2.3", .port = 80}),
                HasSubstr("own listener"));
    EXPECT_THAT(warned_of("http://127.0.0.1:80/mcp", "", {.host = "10.1.2.3", .port = 80}),
                testing::Not(HasSubstr("backends[0].url")));
    EXPECT_EQ(warned_of("http://127.0.0.1:1/mcp", "", {.port = 0}), "");
    // The admin listener, and names of the gateway.
    EXPECT_THAT(warned_of("http://localhost:4484/mcp", "admin: {port: 4484}"),
                HasSubstr("leads to this gateway's own admin listener, 127.0.0.1:4484 (admin.port)"));
    EXPECT_EQ(warned_of("http://localhost:4484/mcp"), "");
    EXPECT_THAT(warned_of("https://Mcp.Example.com/mcp", "listener: {allowedHosts: [mcp.example.com]}"),
                HasSubstr("own name in listener.allowedHosts"));
    EXPECT_THAT(
        warned_of("http://mcp.example.com:81/mcp", "listener: {allowedHosts: ['MCP.example.com:81']}"),
        HasSubstr("own name in listener.allowedHosts"));
    EXPECT_EQ(
        warned_of("https://mcp.example.com/github/mcp", "listener: {allowedHosts: [mcp.example.com, '*']}"),
        "");
}

TEST(warnings, two_listeners_at_one_port_are_a_problem) {
    const auto warned_of = [](std::string_view admin, command_line given) {
        const world empty;
        auto sources = empty.sources();
        sources.given = std::move(given);
        const auto text = std::string(test::one_backend) + "admin: {" + std::string(admin) + "}";
        return format_problems(load_config_text(text, "f", sources).problems);
    };
    EXPECT_EQ(warned_of("port: 4483", {}),
              "f:2:15: admin.port: is the port of the listener for clients too (--port 4483)\n");
    EXPECT_THAT(warned_of("port: 80", {.host = "0.0.0.0", .port = 80}), HasSubstr("admin.port"));
    EXPECT_THAT(warned_of("address: '::', port: 80", {.port = 80}), HasSubstr("admin.port"));
    EXPECT_EQ(warned_of("port: 80", {.host = "10.0.0.1", .port = 80}), "");
    EXPECT_EQ(warned_of("port: 4484", {}), "");
    EXPECT_EQ(warned_of("port: 0", {.port = 0}), "");
}

TEST(warnings, the_command_line_wins_over_the_file) {
    const world empty;
    auto sources = empty.sources();
    const auto text = std::string(test::one_backend) + "sessions: {ttl: 1h}\nlog: {level: error}\n";
    EXPECT_EQ(load_config_text(text, "f", sources).value->sessions.ttl, std::chrono::hours(1));
    sources.given = {.session_ttl = std::chrono::seconds(90), .debug = true};
    const auto loaded = load_config_text(text, "f", sources);
    EXPECT_EQ(loaded.value->sessions.ttl, std::chrono::seconds(90));
    EXPECT_EQ(loaded.value->log.level, "debug");
    EXPECT_EQ(loaded.value->given, sources.given) << "for the next time it is read";
}

} // namespace
} // namespace vmcp
