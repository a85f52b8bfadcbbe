// What a backend says is sorted by what it belongs to.
#include "transport/mcp/back/backend_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

TEST(our_id, is_a_number_or_the_same_number_as_a_string) {
    EXPECT_EQ(our_id("12"), 12U);
    EXPECT_EQ(our_id("\"12\""), 12U);
    EXPECT_EQ(our_id("0"), 0U);
    EXPECT_EQ(our_id("18446744073709551615"), 18446744073709551615U);
    for (const auto* other : {"", "\"\"", "12.0", "\"12", "\"\"12\"\"", "-12", "+12", "012", "1e2", " 12",
                              "12 ", "x", "null", "18446744073709551616", "\"1\\u0032\""})
        EXPECT_FALSE(our_id(other)) << other;
}

TEST(backend_says, by_type_and_method) {
    const auto of = [](std::string text) {
        const auto m = vmcp::read_message(text);
        return m ? kind_of(*m) : backend_says::notification;
    };
    const auto notification = [&](std::string method) {
        return of(R"({"jsonrpc":"2.0","method":")" + method + R"("})");
    };
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","id":1,"result":{}})"), backend_says::response);
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})"), backend_says::response);
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","error":{"code":1,"message":"m"}})"), backend_says::response);
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","id":1,"method":"notifications/progress"})"), backend_says::question)
        << "it has an id";
    EXPECT_EQ(notification("notifications/progress"), backend_says::progress);
    EXPECT_EQ(notification("notifications/message"), backend_says::log);
    EXPECT_EQ(notification("notifications/cancelled"), backend_says::withdrawal);
    EXPECT_EQ(notification("notifications/resources/updated"), backend_says::resource_updated);
    for (const auto* list : {"tools", "prompts", "resources"})
        EXPECT_EQ(notification("notifications/" + std::string(list) + "/list_changed"),
                  backend_says::lists_changed);
    for (const auto* other : {"progress", "notifications/", "notifications/roots/list_changed", "made/up",
                              "notifications/elicitation/complete", "notifications/progressx"})
        EXPECT_EQ(notification(other), backend_says::notification) << other;
}

TEST(message_sequence, gives_each_message_of_a_text) {
    const auto read = [](std::string_view text) {
        message_sequence all;
        all.open(text);
        std::vector<std::string> out;
        for (vmcp::message m; all.next(m);)
            out.emplace_back(m.whole);
        EXPECT_FALSE(all.next(*std::make_unique<vmcp::message>())) << "the end is the end";
        return out;
    };
    const std::string a = R"({"jsonrpc":"2.0","method":"a"})";
    const std::string b = R"({"jsonrpc":"2.0","id":2,"result":{}})";
    using texts = std::vector<std::string>;
    EXPECT_EQ(read(a), texts{a});
    EXPECT_EQ(read("[" + a + " , " + b + "]"), (texts{a, b}));
    EXPECT_EQ(read("[" + a + R"(,{"jsonrpc":"1.0"},7,)" + b + "]"), (texts{a, b}))
        << "what is none is left out";
    EXPECT_EQ(read("[]"), texts{});
    EXPECT_EQ(read("[" + a), texts{}) << "no JSON at all";
    EXPECT_EQ(read("<html>"), texts{});
    EXPECT_EQ(read(""), texts{});
}

TEST(reply_kind, tells_a_failed_tool_from_other_results) {
    const auto of = [](std::string text, std::string_view method) {
        return reply_kind_of(*vmcp::read_message(text), method);
    };
    const std::string failed = R"({"jsonrpc":"2.0","id":1,"result":{"isError":true}})";
    EXPECT_EQ(of(failed, "tools/call"), vmcp::answer_kind::tool_error);
    EXPECT_EQ(of(failed, "prompts/get"), vmcp::answer_kind::result);
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","id":1,"result":{}})", "tools/call"), vmcp::answer_kind::result);
    EXPECT_EQ(of(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})", "tools/call"),
              vmcp::answer_kind::error);
}

} // namespace
} // namespace transport
