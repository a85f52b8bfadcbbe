// What a request is called in its answer, in errors and in the log.
#include "transport/mcp/front/access_log.hpp"
#include "transport/mcp/front/request_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(request_id, is_the_clients_own_where_it_can_be_shown) {
    request_ids ids("0123456789abcdef");
    for (const auto* own : {"a", "A-b_c.9", "5f0c9a1e-7b0a-4bb4-9f0f-0a4c3c0e1d2f"})
        EXPECT_EQ(ids.id_for(own), own);
    EXPECT_EQ(ids.id_for(std::string(64, 'x')), std::string(64, 'x'));
    for (const auto& odd : {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\"b"),
                            std::string("a\n"), std::string("\xC3\xA9")})
        EXPECT_THAT(ids.id_for(odd), testing::MatchesRegex("01234567-[0-9a-f]+")) << odd;
    EXPECT_NE(ids.id_for(""), ids.id_for(""));
}

TEST(request_id, stands_in_the_data_of_a_failure_beside_what_is_there) {
    const auto data = [](std::string before) {
        auto why = vmcp::fail(vmcp::errc::backend_timeout);
        why.data = std::move(before);
        return with_request_id(std::move(why), "r-1").data;
    };
    EXPECT_EQ(data(""), R"({"requestId":"r-1"})");
    EXPECT_EQ(data(R"({"uri":"x:1"})"), R"({"uri":"x:1","requestId":"r-1"})");
    EXPECT_EQ(data("[1]"), "[1]") << "of another's making";
}

TEST(access_line, says_who_called_what_and_how_it_ended) {
    EXPECT_EQ(
        access_line({.request_id = "r-1",
                     .session = "0123456789abcdef",
                     .caller = "alice",
                     .method = "tools/call",
                     .name = "b_tool",
                     .backend = "b",
                     .end = "success",
                     .took = 12'402us,
                     .bytes = 913}),
        R"(access id=r-1 method="tools/call" name="b_tool" backend="b" caller="alice" session="01234567" )"
        R"(end=success ms=12.402 bytes=913)");
}

TEST(access_line, peers_can_neither_forge_a_field_nor_a_line) {
    const auto line = access_line({.request_id = "r-1",
                                   .caller = "a\" end=error",
                                   .method = "ping",
                                   .name = "x\ny\x1B[2J\xE2\x80\xAE" + std::string(1'000, 'z'),
                                   .end = "success"});
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    EXPECT_THAT(line, Not(HasSubstr("\x1B")));
    EXPECT_THAT(line, Not(HasSubstr("\xE2\x80\xAE")));
    EXPECT_THAT(line, HasSubstr(R"(caller="a\" end=error")"));
    EXPECT_THAT(line, Not(HasSubstr("backend="))) << "nobody but the gateway answered";
    EXPECT_LT(line.size(), 500U);
}

} // namespace
} // namespace transport
