// What a client may be asked.
#include "vmcp/model/client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vmcp {
namespace {

std::string lacking(std::string_view declared, std::string_view method, std::string_view params = "{}") {
    return read_client_capabilities(declared).lacking(method, params);
}

TEST(client_capabilities, say_what_is_missing_for_a_question) {
    EXPECT_EQ(lacking("{}", "roots/list"), R"({"roots":{}})");
    EXPECT_EQ(lacking(R"({"roots":{}})", "roots/list", ""), "");
    EXPECT_EQ(lacking("{}", "sampling/createMessage"), R"({"sampling":{}})");
    EXPECT_EQ(lacking(R"({"sampling":{}})", "sampling/createMessage"), "");
    EXPECT_EQ(lacking("{}", "elicitation/create"), R"({"elicitation":{}})");
    EXPECT_EQ(lacking(R"({"elicitation":{},"roots":{},"sampling":{}})", "made/up"), "{}");
}

TEST(client_capabilities, elicitation_is_declared_by_mode) {
    const auto ask = [](std::string_view declared, std::string_view params) {
        return lacking(declared, "elicitation/create", params);
    };
    constexpr std::string_view url = R"({"mode":"url","url":"https://x.example"})";
    constexpr std::string_view form = R"({"mode":"form"})";
    constexpr std::string_view none = R"({"mode":null})";
    for (const std::string_view forms : {R"({"elicitation":{}})", R"({"elicitation":{"form":{}}})"}) {
        EXPECT_EQ(ask(forms, form), "");
        EXPECT_EQ(ask(forms, none), "");
        EXPECT_EQ(ask(forms, ""), "");
        EXPECT_EQ(ask(forms, url), R"({"elicitation":{"url":{}}})");
    }
    constexpr std::string_view urls = R"({"elicitation":{"url":{}}})";
    EXPECT_EQ(ask(urls, url), "");
    EXPECT_EQ(ask(urls, form), R"({"elicitation":{"form":{}}})");
    EXPECT_EQ(ask(R"({"elicitation":{"url":{},"form":{}}})", url), "");
    EXPECT_EQ(ask(R"({"elicitation":{"url":{},"form":{}}})", none), "");
    EXPECT_EQ(ask("{}", url), R"({"elicitation":{"url":{}}})");
    EXPECT_EQ(ask(urls, R"({"mode":"dance"})"), "{}");
}

TEST(client_capabilities, sampling_with_tools_is_declared_apart) {
    const auto ask = [](std::string_view declared, std::string_view params) {
        return lacking(declared, "sampling/createMessage", params);
    };
    constexpr std::string_view tools = R"({"messages":[],"tools":[]})";
    EXPECT_EQ(ask(R"({"sampling":{}})", tools), R"({"sampling":{"tools":{}}})");
    EXPECT_EQ(ask(R"({"sampling":{}})", R"({"toolChoice":{"mode":"none"}})"), R"({"sampling":{"tools":{}}})");
    EXPECT_EQ(ask(R"({"sampling":{}})", R"({"tools":null})"), "");
    EXPECT_EQ(ask(R"({"sampling":{"tools":{}}})", tools), "");
    EXPECT_EQ(ask("{}", tools), R"({"sampling":{"tools":{}}})");
}

} // namespace
} // namespace vmcp
