// What a backend says is sorted by what it belongs to.
#include "transport/mcp/back/backend_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

TEST(backend_says, by_type_and_method) {
    const auto kind_in = [](std::string text) {
        const auto m = vmcp::read_message(text);
        return m ? kind_of(*m) : backend_says::notification;
    };
    const auto notification = [&](std::string method) {
        return kind_in(R"({"jsonrpc":"2.0","method":")" + method + R"("})");
    };
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","id":1,"result":{}})"), backend_says::response);
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})"),
              backend_says::response);
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","error":{"code":1,"message":"m"}})"), backend_says::response);
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","id":1,"method":"notifications/progress"})"),
              backend_says::question)
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

TEST(reply_kind, tells_a_failed_tool_from_other_results) {
    const auto kind_in = [](std::string text, std::string_view method) {
        return reply_kind_of(*vmcp::read_message(text), method);
    };
    const std::string failed = R"({"jsonrpc":"2.0","id":1,"result":{"isError":true}})";
    EXPECT_EQ(kind_in(failed, "tools/call"), vmcp::answer_kind::tool_error);
    EXPECT_EQ(kind_in(failed, "prompts/get"), vmcp::answer_kind::result);
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","id":1,"result":{}})", "tools/call"), vmcp::answer_kind::result);
    EXPECT_EQ(kind_in(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})", "tools/call"),
              vmcp::answer_kind::error);
}

} // namespace
} // namespace transport
