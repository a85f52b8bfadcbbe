// What a stateless client is asked for a backend with sessions.
#include "transport/mcp/front/input_required.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

TEST(url_inputs, are_questions_of_this_revision) {
    const auto read = read_url_inputs(R"({"code":-32042,"message":"go","data":{"elicitations":[
        {"mode":"url","elicitationId":"e-1","url":"https://a.example/x?y=1","message":"Log in","_meta":{"k":1}},
        {"elicitationId":"e-1","url":"https://b.example","message":"Pay"},{"mode":"form","message":"no url"},7]}})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->keys, (std::vector<std::string>{"e-1", "e-1url2"}));
    EXPECT_EQ(
        read->result,
        R"({"inputRequests":{"e-1":{"method":"elicitation/create","params":{"mode":"url","url":"https://a.example/x?y=1","message":"Log in"}},)"
        R"("e-1url2":{"method":"elicitation/create","params":{"mode":"url","url":"https://b.example","message":"Pay"}}}})");
}

TEST(url_inputs, are_none_where_the_error_names_no_url) {
    for (const std::string_view error :
         {R"({"code":-32042,"message":"go"})", R"({"data":{"elicitations":[]}})",
          R"({"data":{"elicitations":{}}})", R"({"data":7})", R"({"data":{"elicitations":[{"url":7}]}})"})
        EXPECT_FALSE(read_url_inputs(error)) << error;
}

TEST(url_inputs, know_when_a_person_said_no) {
    const url_inputs asked{.keys = {"a", "b"}};
    EXPECT_FALSE(asked.refused_in(""));
    EXPECT_FALSE(asked.refused_in(R"({"a":{"action":"accept"},"c":{"action":"decline"}})"));
    EXPECT_TRUE(asked.refused_in(R"({"a":{"action":"accept"},"b":{"action":"decline"}})"));
    EXPECT_TRUE(asked.refused_in(R"({"a":{"action":"cancel"}})"));
}

} // namespace
} // namespace transport
