// rateLimiting, as the core asks it.
#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {

using namespace test;
using namespace std::chrono_literals;

class gateway_limits : public gateway_world {
protected:
    gateway_limits() {
        with_output_.backend = "b";
        with_output_.tools.push_back(
            item("name", "typed", R"(,"inputSchema":{"type":"object"},"outputSchema":{"type":"object"})"));
        with_output_.prompts = prompts_of("b", {"p"}).prompts;
        limit({.shared = token_bucket_config{2, 20s}});
    }

    void limit(rate_limit_config limits) {
        auto settings = config_of({"a", "b"});
        settings.rate_limits = std::move(limits);
        if (links_.empty())
            serve(std::move(settings), {tools_of("a", {"t", "u"}), with_output_});
        else
            publish(std::move(settings), {tools_of("a", {"t", "u"}), with_output_});
    }
    std::string call_tool(const std::string& name) {
        return ask("tools/call", R"({"name":")" + name + R"("})");
    }
    std::string data_of(std::string_view answer) {
        return std::string(json_optional(json_member(answer, "error").raw, "data", 512).raw);
    }

    backend_lists with_output_{};
};

TEST_F(gateway_limits, refuse_a_call_that_is_one_too_many) {
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("u")), "");
    EXPECT_EQ(sent().size(), 2U);
    const auto refused = call_tool("t");
    EXPECT_EQ(code_of(refused), "429");
    EXPECT_EQ(data_of(refused), R"({"retryAfterSeconds":10})");
    EXPECT_EQ(sent(), strings{});
    now_ += 10s;
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("t")), "429");
}

TEST_F(gateway_limits, hold_for_calls_of_tools_only_and_for_those_that_may_be_made) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(code_of(ask("prompts/get", R"({"name":"p"})")), "");
        EXPECT_EQ(code_of(ask("tools/list", "{}")), "");
        EXPECT_EQ(code_of(ask("ping", "{}")), "");
        EXPECT_EQ(code_of(call_tool("nobody_has_it")), "-32602");
        policy_.refuses = true;
        EXPECT_EQ(code_of(call_tool("t")), "403");
        policy_.refuses = false;
    }
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("t")), "429");
    policy_.refuses = true;
    EXPECT_EQ(code_of(call_tool("t")), "403") << "who may not is not told of limits";
}

TEST_F(gateway_limits, know_tools_by_the_names_that_clients_see) {
    limit({.tools = {{.name = "t", .shared = token_bucket_config{1, 1s}}}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(ask("tools/call", R"({"name":"\u0074"})")), "429");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(call_tool("u")), "");
}

TEST_F(gateway_limits, are_for_each_caller) {
    limit({.per_user = token_bucket_config{1, 60s}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("u")), "429");
    caller_ = std::make_shared<caller>(caller{.who = {"iss", "dave"}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    caller_ = std::make_shared<caller>(caller{.who = {"another", "carol"}});
    EXPECT_EQ(code_of(call_tool("t")), "");
}

TEST_F(gateway_limits, outlive_a_reload_that_does_not_change_them) {
    EXPECT_EQ(code_of(call_tool("t")), "");
    limit({.shared = token_bucket_config{2, 20s},
           .tools = {{.name = "u", .shared = token_bucket_config{9, 1s}}}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("t")), "429");
    limit({});
    EXPECT_EQ(code_of(call_tool("t")), "");
    limit({.shared = token_bucket_config{3, 20s}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    limit({.shared = token_bucket_config{1, 20s}});
    EXPECT_EQ(code_of(call_tool("t")), "");
    EXPECT_EQ(code_of(call_tool("t")), "429");
}

TEST_F(gateway_limits, have_no_data_where_the_result_has_a_schema_of_its_own) {
    limit({.shared = token_bucket_config{1, 20s}});
    EXPECT_EQ(code_of(call_tool("typed")), "");
    EXPECT_EQ(data_of(call_tool("t")), R"({"retryAfterSeconds":20})");
    const auto refused = call_tool("typed");
    EXPECT_EQ(code_of(refused), "429");
    EXPECT_EQ(data_of(refused), "");
    spoken_ = era::modern;
    stateless_ = true;
    EXPECT_EQ(data_of(call_tool("typed")), R"({"retryAfterSeconds":20})") << "an error has a place for it";
}

} // namespace
} // namespace vmcp
