// What the gateway answers itself: lists, ping, the log level.
#include "tests/unit/service/gateway_world.hpp"

#include "vmcp/base/json_text.hpp"

namespace vmcp {
namespace {

using namespace test;

class own_answers : public gateway_world {};

TEST_F(own_answers, each_list_is_paged_under_its_own_cursors) {
    config settings = config_of({"a", "b"});
    settings.limits.page_size = 2;
    backend_lists a = uris_of("a", {"r:1", "r:2", "r:3"}, {"x:{1}", "x:{2}", "x:{3}"});
    a.tools = tools_of("a", {"t1", "t2", "t3"}).tools;
    a.prompts = prompts_of("a", {"p1", "p2", "p3"}).prompts;
    serve(settings, {a});
    struct {
        std::string_view method;
        std::string_view member;
        std::string_view key;
        std::vector<list_item> items;
        std::string cursor{};
    } rows[] = {{"tools/list", "tools", "name", a.tools},
                {"prompts/list", "prompts", "name", a.prompts},
                {"resources/list", "resources", "uri", a.resources},
                {"resources/templates/list", "resourceTemplates", "uriTemplate", a.templates}};
    for (auto& row : rows) {
        const auto first = ask(row.method, "");
        row.cursor = json_member(json_member(first, "result").raw, "nextCursor").raw;
        EXPECT_EQ(first, answer("\"result\":{\"" + std::string(row.member) + "\":[" + row.items[0].raw + "," +
                                row.items[1].raw + "],\"nextCursor\":" + row.cursor + "}"));
        for (const std::string_view params : {"{}", R"({"cursor":null})", R"({"_meta":{}})"})
            EXPECT_EQ(ask(row.method, params), first) << params;
    }
    for (const auto& row : rows)
        for (const auto& other : rows) {
            const auto text = ask(row.method, "{\"cursor\":" + other.cursor + "}");
            if (&row == &other)
                EXPECT_EQ(text, answer("\"result\":{\"" + std::string(row.member) + "\":[" +
                                       row.items[2].raw + "]}"));
            else
                EXPECT_EQ(code_of(text), "-32602") << row.method << " with a cursor of " << other.method;
        }
    for (const std::string_view made_up : {R"("")", R"("1")", "1", "{}", "[]", "true"})
        for (const auto& row : rows)
            EXPECT_EQ(code_of(ask(row.method, R"({"cursor":)" + std::string(made_up) + "}")), "-32602")
                << made_up;
    EXPECT_EQ(sent(), strings{}) << "lists are answered without any backend";
}

// Two callers of different policy classes, and one of the same class as the first.
TEST_F(own_answers, each_caller_sees_what_the_policy_lets_it_use) {
    config settings = config_of({"a", "b"});
    settings.limits.page_size = 2;
    auto a = uris_of("a", {"r:1", "r:2"}, {"x:{1}"});
    a.tools = tools_of("a", {"t1", "t2", "t3"}).tools;
    serve(settings, {a});
    policy_.hides = [](const caller& who, const thing& thing) {
        return who.who.subject == "dave" &&
               (thing.name == "t2" || thing.name == "r:1" || thing.name == "x:{1}");
    };
    const auto dave = std::make_shared<caller>(caller{.who = {"iss", "dave"}});
    const auto carol = caller_;
    const auto names = [&](std::string_view method) {
        std::string all;
        std::string cursor;
        do {
            const auto text = ask(method, cursor.empty() ? "{}" : "{\"cursor\":" + cursor + "}");
            const auto result = json_member(text, "result");
            for (const auto* name : {"t1", "t2", "t3", "r:1", "r:2", "x:{1}"})
                if (result.raw.find("\"" + std::string(name) + "\"") != std::string_view::npos)
                    all += std::string(name) + " ";
            cursor = json_member(result.raw, "nextCursor").raw;
        } while (!cursor.empty());
        return all;
    };
    for (int again = 0; again < 2; ++again) {
        caller_ = carol;
        EXPECT_EQ(names("tools/list"), "t1 t2 t3 ");
        EXPECT_EQ(names("resources/list"), "r:1 r:2 ");
        caller_ = dave;
        EXPECT_EQ(names("tools/list"), "t1 t3 ");
        EXPECT_EQ(names("resources/list"), "r:2 ");
        EXPECT_EQ(names("resources/templates/list"), "");
    }
    EXPECT_EQ(current_.load()->views->all().size(), 2U);
    // A cursor of one view is none of another.
    caller_ = carol;
    const auto first_page = ask("tools/list", "");
    const auto cursor = json_member(json_member(first_page, "result").raw, "nextCursor").raw;
    const auto params = "{\"cursor\":" + std::string(cursor) + "}";
    caller_ = dave;
    EXPECT_EQ(code_of(ask("tools/list", params)), "-32602");
}

TEST_F(own_answers, an_entry_that_is_listed_can_be_called_and_no_other) {
    config settings = config_of({"a", "b"}, conflict_resolution::prefix);
    settings.limits.page_size = 3;
    settings.aggregation.tools.push_back({.workload = "a", .filter = strings{"t1", "t4"}});
    settings.aggregation.tools.push_back({.workload = "b", .exclude_all = true});
    serve(settings, {tools_of("a", {"t1", "t2", "t3", "t4"}), tools_of("b", {"t1"})});
    const auto listed = ask("tools/list", "");
    for (const std::string name : {"a_t1", "a_t2", "a_t3", "a_t4", "b_t1"}) {
        const bool shown = listed.find(vmcp::quoted(name)) != std::string::npos;
        EXPECT_EQ(shown, name == "a_t1" || name == "a_t4") << name;
        EXPECT_EQ(code_of(ask("tools/call", R"({"name":")" + name + "\"}")), shown ? "" : "-32602") << name;
        EXPECT_EQ(sent().size(), shown ? 1U : 0U) << name;
    }
}

TEST_F(own_answers, ping_is_answered_without_any_backend) {
    serve(config_of({"a"}), {});
    for (const std::string_view id : {"1", "1e2", R"("\u0031")", R"("")"})
        EXPECT_EQ(ask(request("ping", R"({"_meta":{"x":1}})", id)), answer(R"("result":{})", id));
    EXPECT_EQ(sent(), strings{});
}

TEST_F(own_answers, the_log_level_is_kept_for_the_session_and_told_to_its_backends) {
    serve(config_of({"a", "b"}), {});
    link(0).session_for(session_);
    for (std::size_t i = 0; i < log_level_texts.size(); ++i) {
        EXPECT_EQ(ask("logging/setLevel", R"({"level":")" + std::string(log_level_texts[i]) + "\"}"),
                  answer(R"("result":{})"));
        EXPECT_EQ(session_->level(), static_cast<log_level>(i));
        EXPECT_EQ(link(0).session->levels.back(), static_cast<log_level>(i));
    }
    EXPECT_EQ(ask("logging/setLevel", R"({"level":"w\u0061rning"})"), answer(R"("result":{})"));
    for (const std::string_view level : {"", "unset", "Warning", "warning ", "4"})
        EXPECT_EQ(
            ask("logging/setLevel", R"({"level":")" + std::string(level) + "\"}"),
            answer(
                R"("error":{"code":-32602,"message":"Invalid params: \"level\" must be one of debug, info, )"
                R"(notice, warning, error, critical, alert, emergency"})"));
    EXPECT_EQ(session_->level(), log_level::warning) << "a refused level changes nothing";
    EXPECT_EQ(link(0).session->levels.size(), log_level_texts.size() + 1);
    EXPECT_TRUE(link(1).session->levels.empty()) << "no session, nobody to tell";
    EXPECT_EQ(sent(), strings{});
}

} // namespace
} // namespace vmcp
