// What of an answer of the stateless revision its client may read, and what it says of the revision that is spoken.
#include "transport/mcp/modern_back/listen_filter.hpp"
#include "transport/mcp/modern_back/modern_exchange.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace transport {
namespace {

// As a client with sessions gets it.
std::string shown(std::string_view result, bool cacheable = false) {
    const auto whole = R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(result) + "}";
    const auto m = vmcp::read_message(whole);
    EXPECT_TRUE(m);
    std::string mended;
    const auto out =
        without_stateless_members(vmcp::reply::of_message(*m, vmcp::answer_kind::result), cacheable, mended);
    if (out.whole.empty())
        return std::string(out.body);
    vmcp::splice text(out.whole);
    vmcp::leave_out(text, out.surplus);
    const auto all = text.pieces().str();
    EXPECT_TRUE(vmcp::read_message(all)) << all;
    return std::string(vmcp::json_member(all, "result").raw);
}

TEST(modern_answers, have_no_type_for_clients_with_sessions) {
    EXPECT_EQ(shown(R"({"resultType":"complete","content":[]})"), R"({"content":[]})");
    EXPECT_EQ(shown(R"({"content":[],"resultType":"complete"})"), R"({"content":[]})");
    EXPECT_EQ(shown(R"({"content":[] , "resultType" : "complete" , "_meta":{}})"),
              R"({"content":[] ,  "_meta":{}})");
    EXPECT_EQ(shown(R"({"content":[],"result\u0054ype":"complete"})"), R"({"content":[]})");
    EXPECT_EQ(shown(R"({"resultType":"complete"})"), "{}");
    EXPECT_EQ(shown(R"({"content":[{"text":"\"resultType\":\"complete\""}]})"),
              R"({"content":[{"text":"\"resultType\":\"complete\""}]})");
}

TEST(modern_answers, have_no_hints_for_clients_with_sessions) {
    EXPECT_EQ(shown(R"({"resultType":"complete","contents":[],"ttlMs":5,"cacheScope":"private"})", true),
              R"({"contents":[]})");
    EXPECT_EQ(shown(R"({"ttlMs":5,"resultType":"complete"})"), R"({"ttlMs":5})")
        << "a member of a tool's own";
}

TEST(modern_answers, a_resource_that_is_not_there) {
    EXPECT_EQ(not_found_error(R"({"code":-32602,"message":"no","data":{"uri":"a:b"}})"),
              R"({"code":-32002,"message":"no","data":{"uri":"a:b"}})");
    EXPECT_EQ(not_found_error(R"({"code":-32602,"message":"wrong arguments"})"), "");
    EXPECT_EQ(not_found_error(R"({"code":-32603,"message":"no","data":{"uri":"a:b"}})"), "");
}

TEST(modern_answers, doubts_come_from_what_a_backend_of_this_revision_would_not_say) {
    EXPECT_TRUE(doubts_revision(400, "-32022"));
    EXPECT_TRUE(doubts_revision(200, "-32022"));
    EXPECT_TRUE(doubts_revision(400, "-32000")) << "servers with sessions want one";
    EXPECT_TRUE(doubts_revision(404, "-32001"));
    for (const auto code : {"-32601", "-32602", "-32021"})
        EXPECT_FALSE(doubts_revision(400, code)) << code;
    EXPECT_FALSE(doubts_revision(200, "-32000")) << "errors of the application";
    EXPECT_FALSE(doubts_revision(500, "-32603"));
    EXPECT_FALSE(doubts_revision(401, "-32000"));
}

TEST(listen_filter, says_what_is_wanted_and_reads_what_is_granted) {
    EXPECT_EQ(
        listen_params({.tools = true, .resources = true, .uris = {"a:1", "b\"2"}}),
        R"({"notifications":{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["a:1","b\"2"]}})");
    EXPECT_EQ(listen_params({.uris = {"x"}}), R"({"notifications":{"resourceSubscriptions":["x"]}})");
    EXPECT_EQ(
        read_acknowledged(
            R"({"notifications":{"promptsListChanged":true,"toolsListChanged":false,"resourceSubscriptions":["\u0061:1",7]}})"),
        (watched{.prompts = true, .uris = {"a:1"}}));
    EXPECT_EQ(read_acknowledged("{}"), watched{});
    EXPECT_EQ(told_by(R"({"tools":{"listChanged":true},"prompts":{},"resources":{"listChanged":true}})"),
              (watched{.tools = true, .resources = true}));
}

TEST(listen_filter, an_update_is_told_as_the_client_knows_the_resource) {
    EXPECT_EQ(update_params(R"({"uri":"a","_meta":{"io.modelcontextprotocol/subscriptionId":3}})", "x:a"),
              R"({"uri":"x:a"})");
    EXPECT_EQ(
        update_params(R"({"uri":"a","title":"T","_meta":{"io.modelcontextprotocol/subscriptionId":3,"v":1}})",
                      "a"),
        R"({"uri":"a","title":"T","_meta":{"v":1}})");
    EXPECT_EQ(update_params("{}", "a"), R"({"uri":"a"})");
}

} // namespace
} // namespace transport
