// Heads byte for byte, and read back by Beast's parser as an independent judge.
#include "transport/http/head_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using transport::append_head;
using transport::head_error;
using transport::header_field;
using transport::request_head;
using transport::response_head;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view untouched = "untouched";

template <class Head>
std::string written(const Head& head) {
    std::string out;
    EXPECT_TRUE(append_head(out, head).ok());
    return out;
}

template <class Head>
transport::head_result refused(const Head& head) {
    std::string out(untouched);
    const auto result = append_head(out, head);
    EXPECT_EQ(out, untouched);
    return result;
}

template <bool IsRequest>
http::message<IsRequest, http::string_body> parsed(std::string_view bytes) {
    http::parser<IsRequest, http::string_body> parser;
    parser.eager(true);
    boost::system::error_code ec;
    const auto used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    EXPECT_FALSE(ec) << ec.message() << '\n' << bytes;
    EXPECT_TRUE(parser.is_done()) << bytes;
    EXPECT_EQ(used, bytes.size());
    return parser.release();
}

constexpr std::array bad_values{"a\r\nX: y"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv, "\x01"sv, "\x7F"sv, "a\r\n b"sv};
constexpr std::array bad_names{""sv,    "a b"sv,      "a:"sv,   " a"sv, "a\r\n"sv,
                               "a\0"sv, "\xC3\xA4"sv, "a(b)"sv, "a/b"sv};

} // namespace

TEST(response_head, is_written_byte_for_byte) {
    const std::array fields{header_field{"Mcp-Session-Id", "abc"}, header_field{"Empty", ""}};
    const response_head head{.status = 200,
                             .body = {.content_type = "application/json", .content_length = 12},
                             .close = true,
                             .fields = fields};
    EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\n"
                             "Content-Type: application/json\r\n"
                             "Content-Length: 12\r\n"
                             "Mcp-Session-Id: abc\r\n"
                             "Empty: \r\n"
                             "Connection: close\r\n"
                             "\r\n");
}

TEST(response_head, appends_to_what_is_there) {
    std::string out(transport::continue_head);
    ASSERT_TRUE(append_head(out, response_head{.status = 202, .body = {.content_length = 0}}).ok());
    EXPECT_EQ(out, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
}

TEST(response_head, is_what_beast_reads) {
    const std::array fields{header_field{"X-Tab", "a\tb"}, header_field{"X-Text", "\xC3\xA4"}};
    const response_head head{
        .status = 404, .body = {.content_type = "text/plain", .content_length = 3}, .fields = fields};
    const auto message = parsed<false>(written(head) + "abc");
    EXPECT_EQ(message.result_int(), 404u);
    EXPECT_EQ(message.reason(), "Not Found");
    EXPECT_EQ(message[http::field::content_type], "text/plain");
    EXPECT_EQ(message["X-Tab"], "a\tb");
    EXPECT_EQ(message["X-Text"], "\xC3\xA4");
    EXPECT_EQ(message.body(), "abc");
    EXPECT_TRUE(message.keep_alive());
    EXPECT_EQ(std::distance(message.begin(), message.end()), 4);
}

TEST(response_head, chunked_body_is_what_beast_reads) {
    const response_head head{
        .status = 200, .body = {.content_type = "text/event-stream", .chunked = true}, .close = true};
    const auto message = parsed<false>(written(head) + "3\r\nabc\r\n0\r\n\r\n");
    EXPECT_TRUE(message.chunked());
    EXPECT_EQ(message.body(), "abc");
    EXPECT_FALSE(message.keep_alive());
}

TEST(response_head, every_status_reads_back) {
    for (const unsigned status :
         {200u, 202u, 204u, 304u, 400u, 421u, 429u, 499u, 500u, 502u, 503u, 504u, 599u}) {
        response_head head{.status = status};
        if (status != 204 && status != 304)
            head.body.content_length = 0;
        EXPECT_EQ(parsed<false>(written(head)).result_int(), status);
    }
    for (const unsigned status : {0u, 99u, 600u, 2000u})
        EXPECT_EQ(refused(response_head{.status = status}).error, head_error::bad_status) << status;
}

TEST(response_head, refuses_framing_that_contradicts_itself) {
    EXPECT_EQ(refused(response_head{.body = {.content_length = 1, .chunked = true}}).error,
              head_error::bad_framing);
    EXPECT_EQ(refused(response_head{.status = 204, .body = {.content_length = 0}}).error,
              head_error::bad_framing);
    EXPECT_EQ(refused(response_head{.status = 100, .body = {.chunked = true}}).error,
              head_error::bad_framing);
}

TEST(response_head, refuses_fields_that_would_break_the_head) {
    for (const auto value : bad_values) {
        const std::array fields{header_field{"X-Good", "a"}, header_field{"X-Bad", value}};
        const auto result = refused(response_head{.fields = fields});
        EXPECT_EQ(result.error, head_error::bad_value);
        EXPECT_EQ(result.field, "X-Bad");
        const auto type = refused(response_head{.body = {.content_type = value}});
        EXPECT_EQ(type.error, head_error::bad_value);
        EXPECT_EQ(type.field, "Content-Type");
    }
    for (const auto name : bad_names) {
        const std::array fields{header_field{name, "a"}};
        EXPECT_EQ(refused(response_head{.fields = fields}).error, head_error::bad_name) << name;
    }
}

TEST(response_head, refuses_a_second_opinion_about_the_framing) {
    for (const auto name : {"Content-Length", "content-length", "TRANSFER-ENCODING", "Connection"}) {
        const std::array fields{header_field{name, "1"}};
        EXPECT_EQ(refused(response_head{.fields = fields}).error, head_error::bad_name) << name;
    }
    const std::array type{header_field{"content-type", "a/b"}};
    EXPECT_EQ(refused(response_head{.body = {.content_type = "a/b"}, .fields = type}).error,
              head_error::bad_name);
    EXPECT_EQ(written(response_head{.status = 204, .fields = type}),
              "HTTP/1.1 204 No Content\r\ncontent-type: a/b\r\n\r\n");
    const std::array host{header_field{"Host", "a"}};
    EXPECT_TRUE(
        parsed<false>(written(response_head{.body = {.content_length = 0}, .fields = host})).count("Host"));
}

TEST(request_head, is_written_byte_for_byte) {
    const std::array fields{header_field{"Accept", "application/json, text/event-stream"}};
    const request_head head{.method = "POST",
                            .target = "/mcp?a=b",
                            .host = "127.0.0.1:8080",
                            .body = {.content_type = "application/json", .content_length = 2},
                            .fields = fields};
    const auto bytes = written(head);
    EXPECT_EQ(bytes, "POST /mcp?a=b HTTP/1.1\r\n"
                     "Host: 127.0.0.1:8080\r\n"
                     "Content-Type: application/json\r\n"
                     "Content-Length: 2\r\n"
                     "Accept: application/json, text/event-stream\r\n"
                     "\r\n");
    const auto message = parsed<true>(bytes + "{}");
    EXPECT_EQ(message.method(), http::verb::post);
    EXPECT_EQ(message.target(), "/mcp?a=b");
    EXPECT_EQ(message.body(), "{}");
}

TEST(request_head, without_a_body_says_nothing_about_one) {
    const request_head head{.method = "GET", .target = "/", .host = "[::1]:80", .close = true};
    EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n");
    EXPECT_FALSE(parsed<true>(written(head)).keep_alive());
}

TEST(request_head, refuses_what_would_break_the_start_line) {
    const request_head good{.method = "GET", .target = "/", .host = "a"};
    for (const auto method : bad_names) {
        auto head = good;
        head.method = method;
        EXPECT_EQ(refused(head).error, head_error::bad_method) << method;
    }
    for (const auto target : {""sv, "a"sv, "*"sv, "http://a/"sv, "/a b"sv, "/\r\n"sv, "/\0"sv, "/#"sv,
                              "/\xC3\xA4"sv, "/\x7F"sv}) {
        auto head = good;
        head.target = target;
        EXPECT_EQ(refused(head).error, head_error::bad_target) << target;
    }
    for (const auto host : {""sv, "a b"sv, "a\r\nX: y"sv, "a/b"sv, "a,b"sv, "u@a"sv, "a\0"sv}) {
        auto head = good;
        head.host = host;
        EXPECT_EQ(refused(head).error, head_error::bad_host) << host;
    }
    for (const auto name : {"Host", "host", "Content-Length", "Transfer-Encoding", "Connection"}) {
        auto head = good;
        const std::array fields{header_field{name, "a"}};
        head.fields = fields;
        EXPECT_EQ(refused(head).error, head_error::bad_name) << name;
        EXPECT_EQ(refused(head).field, name);
    }
}

TEST(head_error, every_error_has_a_text) {
    for (int i = 0; i <= static_cast<int>(head_error::bad_value); ++i)
        EXPECT_NE(transport::text_of(static_cast<head_error>(i)), "unknown error");
}
