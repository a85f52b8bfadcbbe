// What unlisted URIs, dead owners and references given twice lead to.
#include "tests/unit/service/gateway_world.hpp"

namespace vmcp {
namespace {
using namespace test;
class unlisted : public gateway_world {};
TEST_F(unlisted, backends_without_resources_do_not_count) {
    strings names;
    for (int i = 0; i < 9; ++i)
        names.push_back("b" + std::to_string(i));
    serve(config_of(names), {});
    for (std::size_t i = 0; i < 8; ++i)
        link(i).resources = false;
    link(8).answer = R"("result":{"contents":[]})";
    EXPECT_EQ(ask("resources/read", R"({"uri":"hid:1"})"), answer(link(8).answer));
}
TEST_F(unlisted, an_owner_that_is_down_is_no_missing_resource) {
    serve(config_of({"a", "b"}), {});
    session_->learn_uri("hid:1", "b");
    link(0).answer = R"("error":{"code":-32002,"message":"x"})";
    link(1).failing = fail(errc::backend_unavailable, "down");
    EXPECT_EQ(code_of(ask("resources/read", R"({"uri":"hid:1"})")), "-32603");
    EXPECT_EQ(code_of(ask("resources/read", R"({"uri":"no:1"})")), "-32002");
    link(0).answer = R"("result":{})";
    link(0).got.clear();
    EXPECT_EQ(code_of(ask("resources/read", R"({"uri":"hid:1"})")), "-32603");
    EXPECT_TRUE(link(0).got.empty()) << "only the owner is asked";
}
TEST_F(unlisted, another_spelling_leads_to_the_owner_in_its_own_words) {
    serve(config_of({"a", "b"}), {});
    session_->learn_uri("ui://page", "b");
    for (const auto* uri : {"UI://page", "ui://%70age", "Ui://pag%65"}) {
        link(1).answer = R"("result":{"contents":[]})";
        link(1).got.clear();
        EXPECT_EQ(ask("resources/read", fmt::format(R"({{"uri":"{}"}})", uri)), answer(link(1).answer));
        EXPECT_TRUE(link(0).got.empty()) << uri;
        EXPECT_NE(sent().back().find(R"({"uri":"ui://page"})"), std::string::npos) << sent().back();
    }
}
TEST_F(unlisted, what_a_client_without_a_session_was_told_leads_back) {
    stateless_ = true;
    serve(config_of({"a", "b"}), {tools_of("b", {"t"})});
    link(1).answer = R"("result":{"_meta":{"ui":{"resourceUri":"ui://page"}}})";
    EXPECT_EQ(ask("tools/call", R"({"name":"t"})"),
              answer(R"("result":{"_meta":{"ui":{"resourceUri":"mcp+b:ui://page"}}})"));
    link(0).answer = R"("result":{"contents":[{"uri":"ui://page"}]})";
    link(1).answer = link(0).answer;
    EXPECT_EQ(ask("resources/read", R"({"uri":"mcp+b:ui://page"})"),
              answer(R"("result":{"contents":[{"uri":"mcp+b:ui://page"}]})"));
    EXPECT_TRUE(link(0).got.empty()) << "only the owner is asked";
    EXPECT_EQ(ask("resources/read", R"({"uri":"ui://page"})"), answer(link(0).answer))
        << "what the client came with stays";
}
TEST_F(unlisted, ref_members_given_twice) {
    serve(config_of({"a"}), {prompts_of("a", {"p"})});
    EXPECT_EQ(
        code_of(ask("completion/complete", R"({"ref":{"type":"ref/prompt","name":"p","n\u0061me":"x"}})")),
        "-32602");
    EXPECT_EQ(sent(), strings{});
}
TEST_F(unlisted, subscribe_says_which) {
    serve(config_of({"a"}), {});
    EXPECT_EQ(
        ask("resources/subscribe", R"({"uri":"no:1"})"),
        answer(R"("error":{"code":-32002,"message":"Resource not found: no:1","data":{"uri":"no:1"}})"));
}
} // namespace
} // namespace vmcp
