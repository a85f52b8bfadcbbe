// The grammars of single values, and that the JSON Schema's patterns agree with them.
#include "vmcp/config/text_rules.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <vector>

namespace vmcp {
namespace {

struct rule_case {
    const text_rule& rule;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

std::vector<rule_case> rule_cases() {
    const std::string long_name(65, 'a');
    return {
        {rules::line, {"a", "a b", "ü"}, {"", "a\nb", "\x7f", std::string(1, '\0'), "a\tb"}},
        {rules::prose, {"", "a\nb\tc\r\n"}, {"\x01", "\x1b[0m"}},
        {rules::path, {"/a b", "x"}, {"", "a\n"}},
        {rules::backend_name,
         {"a", "9", "a_b.c-d", std::string(64, 'a')},
         {"", "_a", ".a", "-a", "a b", "a/b", "ü", long_name}},
        {rules::tool_name, {"a", "_a", "A.b-c_1"}, {"", "a b", "a:b", long_name}},
        {rules::prefix_format,
         {"{workload}_", "x.{workload}-", "{workload}", "x", "{workload}{workload}"},
         {"", "{name}_", "{workload} ", "{workload", "a/b", "{WORKLOAD}_"}},
        {rules::http_url,
         {"http://h/", "https://[::1]:8/x?y", "HTTP://h"},
         {"", "h", "ftp://h/", "http://u@h/", "http://h/#f"}},
        {rules::entity_type, {"THVGroup", "_a1"}, {"", "1a", "a b", "A::B", "a-b"}},
        {rules::scope,
         {"mcp:call", "a", "!#[]~"},
         {"", "a b", "a\"b", "a\\b", "ü", "a\n", std::string(257, 'a')}},
        {rules::identifier, {"a b", "https://x", "\""}, {"", "ü", "a\nb", "a\tb"}},
        {rules::injected_header,
         {"Authorization", "x-key", "Cookie", "X_Y", "proxy-authorization", "!#$"},
         {"", "a b", "a:b", "Host", "content-LENGTH", "Mcp-Session-Id", "mcp-x", "Transfer-Encoding",
          "Connection", "ä", "x\r\ny", "Content-Type", "Accept", std::string(257, 'a')}},
        {rules::passthrough_header,
         {"X-Request-Id", "traceparent", "Accept-Language", "X-Forward"},
         {"",
          "Host",
          "Connection",
          "keep-alive",
          "TE",
          "Trailer",
          "Upgrade",
          "Content-Length",
          "Transfer-Encoding",
          "Forwarded",
          "X-Forwarded-For",
          "x-forwarded-proto",
          "X-Real-IP",
          "Proxy-Authorization",
          "Proxy-X",
          "Authorization",
          "authorization",
          "Cookie",
          "DPoP",
          "Mcp-Session-Id",
          "MCP-Protocol-Version",
          "a b"}},
        {rules::header_value,
         {"v", "Bearer a.b", "a\tb", "\"quoted\""},
         {"", " v", "v ", "a\r\nX: y", "a\nb", std::string("a\0b", 3), "ü", "\x7f",
          std::string(16'385, 'a')}},
        {rules::variable_name, {"A", "_a1"}, {"", "1a", "a-b", "a b", "ä"}},
        {rules::address,
         {"127.0.0.1", "::", "0.0.0.0", "fe80::1"},
         {"", "localhost", "1.2.3", "[::1]", "1.2.3.4:5", "::g", std::string("::1\0", 4),
          std::string(80, '1')}},
        {rules::origin,
         {"*", "null", "https://a.example", "http://localhost:*", "http://[::1]:80", "app+x://h"},
         {"", "a.example", "https://", "https://a/", "https://a:", "https://a:0", "://a", "https://u@a",
          "https://[::1"}},
        {rules::host,
         {"*", "h", "h:8443", "[::1]", "[::1]:*", "10.0.0.1"},
         {"", "http://h", "h:", "h:x", "h/", "::1", "[::g]", "h:65536", "h h"}},
    };
}

TEST(text_rules, accept_and_refuse) {
    for (const auto& [rule, good, bad] : rule_cases()) {
        for (const auto& text : good)
            EXPECT_EQ(rule.problem(text), std::nullopt) << rule.name << ": " << text;
        for (const auto& text : bad)
            EXPECT_NE(rule.problem(text), std::nullopt) << rule.name << ": " << text;
    }
}

TEST(text_rules, patterns_accept_what_the_rules_accept) {
    for (const auto& [rule, good, bad] : rule_cases()) {
        if (rule.pattern.empty())
            continue;
        const std::regex pattern(std::string(rule.pattern), std::regex::ECMAScript);
        for (const auto& text : good)
            EXPECT_TRUE(std::regex_search(text, pattern)) << rule.name << ": " << text;
    }
}

TEST(text_rules, never_repeat_a_value) {
    for (const auto& [rule, good, bad] : rule_cases()) {
        const auto found = rule.problem("hunter2 \x01 http://me:hunter2@h/");
        EXPECT_TRUE(!found || found->find("hunter2") == std::string::npos) << rule.name;
    }
}

} // namespace
} // namespace vmcp
