// One test for each field of http_policy; the checks of responses and of raw heads.
#include "transport/http/http_policy.hpp"

#include "tests/unit/http/policy_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;
using namespace policy_test;

// ---- requests
// --------------------------------------------------------------------------------------------

TEST(http_policy_field, require_host) {
    constexpr auto none = "GET / HTTP/1.1\r\n\r\n"sv;
    EXPECT_EQ(serve(none).status, 400u);
    EXPECT_EQ(serve(none, {.require_host = false}).status, 0u);
    EXPECT_EQ(serve("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", {.require_host = false}).status, 400u);
}

TEST(http_policy_field, allow_obs_fold) {
    const auto folded = post("X: a\r\n b\r\n\r\n"sv);
    EXPECT_EQ(serve(folded).status, 400u);
    EXPECT_EQ(serve(folded, {.allow_obs_fold = true}).status, 0u);
}

TEST(http_policy_field, allow_repeated_content_length) {
    const http_policy lenient{.allow_repeated_content_length = true};
    for (const auto& raw : {post("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"sv),
                            post("Content-Length: 3 , 3\r\n\r\nabc"sv)}) {
        EXPECT_EQ(serve(raw).status, 400u);
        EXPECT_EQ(serve(raw, lenient),
                  (outcome{0, "/mcp", "", body_framing::length, 3, false, "abc", raw.size()}));
    }
}

TEST(http_policy_field, allow_absolute_form) {
    constexpr auto absolute = "GET http://a/mcp HTTP/1.1\r\nHost: a\r\n\r\n"sv;
    EXPECT_EQ(serve(absolute).status, 0u);
    EXPECT_EQ(serve(absolute, {.allow_absolute_form = false}).status, 400u);
}

TEST(http_policy_field, allow_trailers) {
    const auto trailer = post("Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n"sv);
    EXPECT_EQ(serve(trailer).status, 400u);
    EXPECT_EQ(serve(trailer, {.allow_trailers = true}).status, 0u);
}

TEST(http_policy_field, max_fields) {
    std::string raw = post("");
    for (int i = 1; i < 100; ++i)
        raw += "X: y\r\n";
    EXPECT_EQ(serve(raw + "\r\n").status, 0u);
    EXPECT_EQ(serve(raw + "X: y\r\n\r\n").status, 431u);
    EXPECT_EQ(serve(post("X: y\r\n\r\n"), {.max_fields = 2}).status, 0u);
    EXPECT_EQ(serve(post("X: y\r\n\r\n"), {.max_fields = 1}).status, 431u);
}

TEST(http_policy_field, max_target) {
    EXPECT_EQ(serve(post("\r\n"), {.max_target = 4}).status, 0u);
    EXPECT_EQ(serve(post("\r\n"), {.max_target = 3}).status, 414u);
}

// ---- responses
// -------------------------------------------------------------------------------------------------------

namespace {

transport::response_check check_answer(std::string_view raw, bool to_head_request = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(to_head_request);
    boost::system::error_code ec;
    parser.put(boost::asio::buffer(raw.data(), raw.size()), ec);
    EXPECT_FALSE(ec) << ec.message();
    EXPECT_TRUE(parser.is_header_done());
    return transport::check_response(parser.get().base(), {}, to_head_request);
}

} // namespace

TEST(response_policy, tells_the_framing) {
    const auto length = check_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
    EXPECT_TRUE(length.ok());
    EXPECT_EQ(length.framing, body_framing::length);
    EXPECT_EQ(length.content_length, 3u);
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").framing,
              body_framing::chunked);
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\n\r\n").framing, body_framing::until_close);
    EXPECT_EQ(check_answer("HTTP/1.0 200 OK\r\n\r\n").framing, body_framing::until_close);
    EXPECT_EQ(check_answer("HTTP/1.1 204 No Content\r\n\r\n").framing, body_framing::none);
    EXPECT_EQ(check_answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n").framing,
              body_framing::none);
    EXPECT_EQ(check_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true).framing, body_framing::none);
}

TEST(response_policy, refuses_what_has_no_single_framing) {
    for (const auto raw : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
                           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"}) {
        const auto check = check_answer(raw);
        EXPECT_EQ(check.refusal.status, 502u) << raw;
        EXPECT_FALSE(check.refusal.reason.empty());
    }
}

// ---- the raw head
// ------------------------------------------------------------------------------------------------------

TEST(find_head_end, finds_the_first_empty_line) {
    using transport::find_head_end;
    EXPECT_EQ(find_head_end(""), 0u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r"), 0u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\n"), 18u);
    EXPECT_EQ(find_head_end("a\r\n\r\n\r\n\r\n"), 5u);
    EXPECT_EQ(find_head_end("a\n\n"), 0u);
    EXPECT_EQ(find_head_end("a\r\n\n\r\n"), 0u);
}

TEST(find_head_end, goes_on_where_the_last_call_ended) {
    const std::string head = "a: b\r\n\r\nrest";
    for (std::size_t scanned = 0; scanned < 8; ++scanned)
        EXPECT_EQ(transport::find_head_end(head, scanned), 8u) << scanned;
}

TEST(check_raw_head, blank_after_the_head_is_not_a_fold) {
    const std::string_view head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_FALSE(transport::check_raw_head(head, {}).refused());
}
