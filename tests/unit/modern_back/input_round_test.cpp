// What backends of the stateless revision want to know, and what they are told.
#include "transport/mcp/modern_back/input_round.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace transport {
namespace {

using namespace std::chrono_literals;
using vmcp::errc;

TEST(input_round, is_read_with_its_state_as_it_came) {
    const auto round = read_input_round(
        R"({"resultType":"input_required","requestState":"\u0041=","inputRequests":{"k\u0031":{"method":"elicitation/create",)"
        R"("params":{"message":"m"}},"r":{"method":"roots/list"}}})");
    ASSERT_TRUE(round);
    EXPECT_EQ(round->raw_state, R"("\u0041=")");
    ASSERT_EQ(round->questions.size(), 2U);
    EXPECT_EQ(round->questions[0],
              (input_question{R"("k\u0031")", "elicitation/create", R"({"message":"m"})"}));
    EXPECT_EQ(round->questions[0].message(),
              R"({"jsonrpc":"2.0","id":"input:k1","method":"elicitation/create","params":{"message":"m"}})");
    EXPECT_EQ(round->questions[1].message(), R"({"jsonrpc":"2.0","id":"input:r","method":"roots/list"})");
}

TEST(input_round, may_have_a_state_alone) {
    const auto round = read_input_round(R"({"requestState":""})");
    ASSERT_TRUE(round);
    EXPECT_TRUE(round->questions.empty());
    EXPECT_EQ(round->raw_state, R"("")");
}

TEST(input_round, refuses_what_nobody_could_answer) {
    std::string many;
    for (std::size_t i = 0; i <= input_round::most_questions; ++i)
        many.append(many.empty() ? "" : ",")
            .append("\"" + std::to_string(i) + R"(":{"method":"roots/list"})");
    for (const std::string& text : {
             std::string("{}"),
             std::string(R"({"inputRequests":{}})"),
             std::string(R"({"inputRequests":[]})"),
             std::string(R"({"requestState":1})"),
             std::string(R"({"inputRequests":{"a":{"method":"tools/call"}}})"),
             std::string(R"({"inputRequests":{"a":7}})"),
             std::string(R"({"inputRequests":{"a":{"method":"roots/list","params":[]}}})"),
             std::string(
                 R"({"inputRequests":{"a":{"method":"roots/list"},"\u0061":{"method":"roots/list"}}})"),
             R"({"inputRequests":{)" + many + "}}",
         }) {
        const auto round = read_input_round(text);
        ASSERT_FALSE(round) << text;
        EXPECT_EQ(round.error().code, errc::backend_protocol) << text;
    }
}

TEST(input_round, answers_stand_under_the_keys_of_the_questions) {
    const input_round round{
        .questions = {{R"("a")", "elicitation/create", ""}, {R"("\u0062")", "roots/list", ""}}};
    const auto given = input_responses(round, {R"({"jsonrpc":"2.0","id":9,"result":{"action":"decline"}})",
                                               R"({"jsonrpc":"2.0","id":9,"result":{"roots":[]}})"});
    ASSERT_TRUE(given);
    EXPECT_EQ(*given, R"({"a":{"action":"decline"},"\u0062":{"roots":[]}})");
}

TEST(input_round, nobody_answers_in_a_clients_place) {
    const input_round round{.questions = {{R"("a")", "sampling/createMessage", ""}}};
    const auto refused =
        input_responses(round, {R"({"jsonrpc":"2.0","id":9,"error":{"code":-1,"message":"not now"}})"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("not now"), std::string::npos);
    EXPECT_FALSE(input_responses(round, {"nonsense"}));
}

TEST(input_round, waits_longer_the_longer_nothing_is_asked) {
    EXPECT_EQ(pause_before_retry(1), 250ms);
    EXPECT_EQ(pause_before_retry(2), 500ms);
    EXPECT_EQ(pause_before_retry(5), 4000ms);
    EXPECT_EQ(pause_before_retry(900), 4000ms);
}

} // namespace
} // namespace transport
