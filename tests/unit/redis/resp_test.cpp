// RESP2: what is read is what was written, however it is cut; and what is no RESP2, or too much, is refused for good.
#include "transport/redis/resp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

using kind = resp_value::kind;
using testing::HasSubstr;

resp_value bulk(std::string text) {
    return {.type = kind::bulk, .text = std::move(text)};
}
resp_value integer(std::int64_t number) {
    return {.type = kind::integer, .number = number};
}
resp_value array(std::vector<resp_value> items) {
    return {.type = kind::array, .items = std::move(items)};
}

std::vector<resp_value> read(std::string_view stream, std::size_t piece, resp_decoder::limits bounds = {}) {
    resp_decoder in(bounds);
    std::vector<resp_value> out;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        in.feed(stream.substr(at, piece));
        for (auto next = in.next(); next && *next; next = in.next())
            out.push_back(**next);
    }
    return out;
}

std::string refusal(std::string_view stream, resp_decoder::limits bounds = {}) {
    resp_decoder in(bounds);
    in.feed(stream);
    for (;;) {
        const auto next = in.next();
        if (!next)
            return next.error().detail;
        if (!*next)
            return {};
    }
}

TEST(resp, writes_commands_with_any_bytes) {
    std::string out;
    const std::vector<std::string> command{"SET", "k", std::string("a\r\n\0b", 5), ""};
    append_command(out, command);
    EXPECT_EQ(out, std::string("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n", 37));
}

TEST(resp, a_line_of_the_greatest_length_is_taken_however_it_is_cut) {
    const std::string longest = "+" + std::string(7, 'x');
    for (std::size_t cut = 1; cut < longest.size() + 2; ++cut) {
        resp_decoder in({.line = 8, .reply = 64, .items = 4, .depth = 2});
        const auto whole = longest + "\r\n";
        in.feed(std::string_view(whole).substr(0, cut));
        const auto before = in.next();
        ASSERT_TRUE(before) << cut;
        EXPECT_FALSE(*before) << cut;
        in.feed(std::string_view(whole).substr(cut));
        const auto after = in.next();
        ASSERT_TRUE(after && *after) << cut;
        EXPECT_EQ((*after)->text, std::string(7, 'x')) << cut;
    }
    resp_decoder in({.line = 8, .reply = 64, .items = 4, .depth = 2});
    in.feed(longest + "x");
    EXPECT_FALSE(in.next());
}

TEST(resp, reads_every_kind_however_it_is_cut) {
    const std::string stream = "+OK\r\n-ERR no\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
                               "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+s\r\n";
    const std::vector<resp_value> expected{
        {.type = kind::simple, .text = "OK"},
        {.type = kind::error, .text = "ERR no"},
        integer(-42),
        bulk("a\r\n"),
        bulk(""),
        {},
        {},
        array({}),
        array({integer(1), array({bulk("x"), {}}), {.type = kind::simple, .text = "s"}})};
    for (std::size_t piece = 1; piece <= stream.size(); ++piece)
        EXPECT_EQ(read(stream, piece), expected) << piece;
}

TEST(resp, what_is_no_resp_is_refused) {
    for (const std::string stream :
         {"\r\n", "HTTP/1.1 400 Bad Request\r\n", ":x\r\n", ":\r\n", "$-2\r\n", "*-2\r\n", "$3\r\nabcd\r\n",
          "$+-1\r\n", ":99999999999999999999\r\n", "%1\r\n"})
        EXPECT_THAT(refusal(stream), HasSubstr("not RESP2")) << stream;
}

TEST(resp, it_stays_refused) {
    resp_decoder in;
    in.feed("?\r\n");
    EXPECT_FALSE(in.next());
    in.feed("+OK\r\n");
    EXPECT_FALSE(in.next());
    EXPECT_EQ(in.held(), 0U);
}

TEST(resp, everything_is_bounded) {
    const resp_decoder::limits bounds{.line = 32, .reply = 64, .items = 4, .depth = 2};
    EXPECT_EQ(refusal("+" + std::string(31, 'a') + "\r\n", bounds), "");
    EXPECT_THAT(refusal("+" + std::string(32, 'a') + "\r\n", bounds), HasSubstr("line is too long"));
    EXPECT_THAT(refusal(std::string(33, 'a'), bounds), HasSubstr("line is too long")); // before its end
    EXPECT_THAT(refusal("$65\r\n", bounds), HasSubstr("reply is too long"));
    EXPECT_THAT(refusal("$9223372036854775807\r\n", bounds), HasSubstr("reply is too long"));
    EXPECT_THAT(refusal("*5\r\n", bounds), HasSubstr("too many items"));
    EXPECT_THAT(refusal("*2\r\n:1\r\n*3\r\n", bounds), HasSubstr("too many items")); // of all arrays together
    EXPECT_THAT(refusal("*1\r\n*1\r\n*1\r\n:1\r\n", bounds), HasSubstr("nested"));
    const std::string longish = "+" + std::string(20, 'a') + "\r\n";
    EXPECT_THAT(refusal("*4\r\n" + longish + longish + longish, bounds), HasSubstr("reply is too long"));
    EXPECT_EQ(read(longish + longish + longish + longish, 7, bounds).size(),
              4U); // each reply has the whole bound
}

TEST(resp, knows_the_code_of_an_error) {
    const resp_value error{.type = kind::error, .text = "READONLY You can't write"};
    EXPECT_TRUE(error.is_error("READONLY"));
    EXPECT_FALSE(error.is_error("READ"));
    EXPECT_FALSE(bulk("READONLY").is_error("READONLY"));
}

} // namespace
} // namespace transport
