// Raw messages through Beast's parser and the policy, in every fragmentation: what is let through has one
// framing only.
#include "transport/http/http_policy.hpp"

#include "tests/unit/http/policy_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;
using namespace policy_test;

namespace {

struct row {
    const char* name;
    std::string raw;
    unsigned status;
};

const row refused_rows[] = {
    // Transfer-Encoding
    {"another coding, Beast sees no body", post("Transfer-Encoding: gzip\r\n\r\n"), 400},
    {"a name that only ends in chunked", post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400},
    {"chunked and something", post("Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n"), 400},
    {"chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400},
    {"chunked with identity", post("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), 400},
    {"identity", post("Transfer-Encoding: identity\r\n\r\n"), 400},
    {"empty coding", post("Transfer-Encoding:\r\n\r\n"), 400},
    {"empty members", post("Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), 400},
    {"quoted", post("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), 400},
    {"with parameter", post("Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"), 400},
    {"another coding below chunked", post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501},
    {"chunked twice in one field", post("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 501},
    {"leading empty member", post("Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"), 501},
    {"two fields, chunked last",
     post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {"two fields, chunked first", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n"),
     unparsable},
    {"two fields, both unknown", post("Transfer-Encoding: a\r\nTransfer-Encoding: b\r\n\r\n"), 400},
    {"NUL in the coding", post("Transfer-Encoding: chunked\0\r\n\r\n"sv), unparsable},
    {"vertical tab in the coding", post("Transfer-Encoding: \vchunked\r\n\r\n"), unparsable},
    {"space before the colon", post("Transfer-Encoding : chunked\r\n\r\n"), unparsable},
    {"folded coding", post("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    // Content-Length
    {"length and coding", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     unparsable},
    {"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
     unparsable},
    {"unknown coding and length", post("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), 400},
    {"repeated length", post("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400},
    {"list of lengths", post("Content-Length: 3, 3\r\n\r\nabc"), 400},
    {"two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), unparsable},
    {"list of two lengths", post("Content-Length: 3, 4\r\n\r\nabc"), unparsable},
    {"sign", post("Content-Length: +3\r\n\r\nabc"), unparsable},
    {"negative", post("Content-Length: -1\r\n\r\nabc"), unparsable},
    {"hexadecimal", post("Content-Length: 0x3\r\n\r\nabc"), unparsable},
    {"two numbers", post("Content-Length: 3 3\r\n\r\nabc"), unparsable},
    {"empty length", post("Content-Length:\r\n\r\nabc"), unparsable},
    {"too many digits", post("Content-Length: 18446744073709551616\r\n\r\nabc"), unparsable},
    {"folded length", post("Content-Length: 3\r\n\t\r\n\r\nabc"), 400},
    // Host
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    // Lines
    {"folded field", post("X: a\r\n b\r\n\r\n"), 400},
    {"folded field with tab", post("X: a\r\n\tb\r\n\r\n"), 400},
    {"blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"line of blanks", post("X: a\r\n \r\n\r\n"), 400},
    {"bare LF", "POST / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
    {"bare LF ends the head", "POST / HTTP/1.1\r\nHost: a\n\nGET / HTTP/1.1\r\nHost: b\r\n\r\n", 400},
    {"bare CR", "POST / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400},
    {"CR CR LF", "POST / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
    {"more empty lines than a server skips",
     "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", unparsable},
    {"bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"line of blanks first", " \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", unparsable},
    // Origin
    {"two Origins", post("Origin: http://a\r\nOrigin: http://b\r\n\r\n"), 400},
    {"the same Origin twice", post("Origin: http://a\r\nOrigin: http://a\r\n\r\n"), 400},
    {"an empty Origin and another", post("Origin:\r\nOrigin: http://a\r\n\r\n"), 400},
    {"field without colon", post("X\r\n\r\n"), unparsable},
    {"field without name", post(": a\r\n\r\n"), unparsable},
    {"NUL in a value", post("X: a\0b\r\n\r\n"sv), unparsable},
    {"control in a name", post("X\1: a\r\n\r\n"), unparsable},
    // Start line
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", unparsable},
    {"HTTP/0.9", "GET /\r\n\r\n", unparsable},
    {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", unparsable},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", unparsable},
    {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"no slash", "GET mcp HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"raw UTF-8 in the target", "GET /\xC3\xA4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"absolute form without authority", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"absolute form with user information", "GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    // Expect
    {"unknown expectation", post("Expect: fortune\r\nContent-Length: 3\r\n\r\nabc"), 417},
    {"two expectations", post("Expect: fortune\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
     417},
    // Chunks
    {"chunk size without digits", post("Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n"), unparsable},
    {"chunk size with sign", post("Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n"), unparsable},
    {"chunk size with prefix", post("Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"), unparsable},
    {"chunk size overflows", post("Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n"),
     unparsable},
    {"chunk longer than its size", post("Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"),
     unparsable},
    {"trailer", post("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n"),
     400},
    {"trailer Content-Length", post("Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n"),
     unparsable},
    // Not whole
    {"cut in the head", "POST /mcp HTTP/1.1\r\nHost: a\r\n", unfinished},
    {"cut in the body", post("Content-Length: 3\r\n\r\nab"), unfinished},
    {"cut in a chunk", post("Transfer-Encoding: chunked\r\n\r\n3\r\nab"), unfinished},
    {"cut before the last chunk", post("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), unfinished},
};

} // namespace

TEST(http_policy, refuses_every_row_in_every_fragmentation) {
    for (const auto& [name, raw, status] : refused_rows) {
        SCOPED_TRACE(name);
        EXPECT_EQ(serve(raw).status, status);
    }
}

TEST(http_policy, reads_a_body_by_its_length) {
    const auto raw = post("Content-Length: 3\r\n\r\nabc"sv);
    EXPECT_EQ(serve(raw), (outcome{0, "/mcp", "", body_framing::length, 3, false, "abc", raw.size()}));
    const auto zeros = post("Content-Length: 0003\r\n\r\nabc"sv);
    EXPECT_EQ(serve(zeros).body, "abc");
    const auto empty = post("Content-Length: 0\r\n\r\n"sv);
    EXPECT_EQ(serve(empty), (outcome{0, "/mcp", "", body_framing::length, 0, false, "", empty.size()}));
}

TEST(http_policy, reads_a_chunked_body) {
    const auto raw = post("Transfer-Encoding: chunked\r\n\r\n003\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\n"sv);
    EXPECT_EQ(serve(raw), (outcome{0, "/mcp", "", body_framing::chunked, 0, false, "abcde", raw.size()}));
    EXPECT_EQ(serve(post("transfer-encoding: Chunked \r\n\r\n0\r\n\r\n")).status, 0u);
}

TEST(http_policy, leaves_the_next_request_alone) {
    const auto first = post("Content-Length: 3\r\n\r\nabc"sv);
    const auto two = first + "GET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n";
    EXPECT_EQ(serve(two).used, first.size());
    EXPECT_EQ(serve(two).body, "abc");
}

TEST(http_policy, request_without_framing_has_no_body) {
    constexpr auto raw = "GET /mcp?a=b&c HTTP/1.1\r\nHost: a:1\r\n\r\n"sv;
    EXPECT_EQ(serve(raw), (outcome{0, "/mcp", "a=b&c", body_framing::none, 0, false, "", raw.size()}));
}

TEST(http_policy, splits_the_target_at_the_first_question_mark) {
    EXPECT_EQ(serve("GET /a?b?c HTTP/1.1\r\nHost: a\r\n\r\n").query, "b?c");
    EXPECT_EQ(serve("GET /? HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
    EXPECT_EQ(serve("GET //a HTTP/1.1\r\nHost: a\r\n\r\n").path, "//a");
}

TEST(http_policy, cuts_the_authority_off_an_absolute_target) {
    EXPECT_EQ(serve("GET http://evil.example.com/mcp?x HTTP/1.1\r\nHost: a\r\n\r\n").path, "/mcp");
    EXPECT_EQ(serve("GET HTTPS://b:8443/mcp?x HTTP/1.1\r\nHost: a\r\n\r\n").query, "x");
    EXPECT_EQ(serve("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
    const auto query_only = serve("GET http://b?x/y HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(query_only.path, "/");
    EXPECT_EQ(query_only.query, "x/y");
}

TEST(http_policy, an_absolute_target_says_which_host_is_meant) {
    http::request_header<> head;
    head.method(http::verb::get);
    head.set(http::field::host, "localhost:1");
    for (const auto& [target, host] : {std::pair("/mcp", "localhost:1"),
                                       {"http://evil.example.com/mcp", "evil.example.com"},
                                       {"HTTP://evil.example.com:2?x", "evil.example.com:2"}}) {
        head.target(target);
        EXPECT_EQ(transport::check_request(head, {}).host, host) << target;
    }
    head.set(http::field::host, "no host");
    EXPECT_EQ(transport::check_request(head, {}).refusal.status, 400U) << "Host is checked all the same";
    head.erase(http::field::host);
    head.version(10);
    EXPECT_EQ(transport::check_request(head, {}).host, "evil.example.com:2");
}

TEST(http_policy, skips_empty_lines_before_a_request) {
    const auto raw = post("Content-Length: 3\r\n\r\nabc"sv);
    for (const std::size_t lines : {1U, 2U, 8U}) {
        std::string before;
        for (std::size_t i = 0; i < lines; ++i)
            before += "\r\n";
        EXPECT_EQ(serve(before + raw), (outcome{0, "/mcp", "", body_framing::length, 3, false, "abc",
                                                before.size() + raw.size()}));
    }
}

TEST(http_policy, ignores_upgrade) {
    constexpr auto raw =
        "GET /mcp HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"sv;
    EXPECT_EQ(serve(raw), (outcome{0, "/mcp", "", body_framing::none, 0, false, "", raw.size()}));
}

TEST(http_policy, reports_who_waits_for_100_continue) {
    EXPECT_TRUE(serve(post("Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")).expect_continue);
    EXPECT_TRUE(
        serve(post("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).expect_continue);
    EXPECT_FALSE(serve(post("Expect: 100-continue\r\n\r\n")).expect_continue);
    EXPECT_FALSE(
        serve("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc").expect_continue);
}

TEST(http_policy, http_1_0_needs_no_host) {
    EXPECT_EQ(serve("GET / HTTP/1.0\r\n\r\n").status, 0u);
    EXPECT_EQ(serve("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na").body, "a");
}

TEST(http_policy, refuses_double_framing_even_if_a_parser_let_it_pass) {
    const auto status = [](std::initializer_list<std::pair<http::field, const char*>> fields) {
        http::request_header<> head;
        head.method(http::verb::post);
        head.target("/");
        head.insert(http::field::host, "a");
        for (const auto& [name, value] : fields)
            head.insert(name, value);
        return transport::check_request(head, {}).refusal.status;
    };
    constexpr auto length = http::field::content_length;
    constexpr auto coding = http::field::transfer_encoding;
    EXPECT_EQ(status({{length, "3"}}), 0u);
    EXPECT_EQ(status({{coding, "chunked"}}), 0u);
    EXPECT_EQ(status({{length, "3"}, {coding, "chunked"}}), 400u);
    EXPECT_EQ(status({{coding, "chunked"}, {length, "3"}}), 400u);
    EXPECT_EQ(status({{coding, "chunked"}, {coding, "chunked"}}), 400u);
    EXPECT_EQ(status({{length, "3"}, {length, "4"}}), 400u);
    for (const auto* bad : {"", "+3", "-3", "3 3", "0x3", "3a", "18446744073709551616"})
        EXPECT_EQ(status({{length, bad}}), 400u) << bad;
}
