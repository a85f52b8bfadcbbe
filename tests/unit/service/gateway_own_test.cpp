// What the gateway answers itself: initialize, lists, ping, the log level; and notifications of clients.
#include "tests/unit/service/gateway_world.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"

namespace vmcp {
namespace {

using namespace test;

class own_answers : public gateway_world {
protected:
    result<opened_session> open(std::string_view params) {
        const std::string text = request("initialize", params);
        return gateway_.open(read_message(text).value(), caller_);
    }
    static std::string asking_for(std::string_view version) {
        return R"({"protocolVersion":")" + std::string(version) + R"("})";
    }
};

TEST_F(own_answers, initialize_tells_revision_capabilities_name_and_instructions) {
    config settings = config_of({"a", "b"});
    settings.name = "the \"one\"";
    auto a = tools_of("a", {"t"});
    a.instructions = "Be\nkind.";
    a.capabilities = R"({"experimental":{"x":{}}})";
    serve(settings, {a});
    const std::string server = R"(,"capabilities":)" + std::string(gateway_capabilities()) +
                               R"(,"serverInfo":{"name":"the \"one\"","version":)" + quoted(program_version) +
                               "}";
    for (const auto& [asked, spoken] : std::vector<std::pair<std::string_view, std::string>>{
             {"2025-03-26", "2025-03-26"},
             {"2025-06-18", "2025-06-18"},
             {"2025\\u002d11-25", "2025-11-25"},
             {"2024-11-05", "2025-11-25"}, // spoken to backends only
             {"2099-01-01", "2025-11-25"},
             {"", "2025-11-25"},
             {"\\ud800", "2025-11-25"}}) {
        const auto opened = open(asking_for(asked));
        ASSERT_TRUE(opened) << asked;
        EXPECT_EQ(opened->result,
                  R"({"protocolVersion":")" + spoken + "\"" + server + R"(,"instructions":"Be\nkind."})");
        EXPECT_EQ(text_of(opened->session->version()), spoken);
    }
    a.instructions.clear();
    publish(settings, {a});
    EXPECT_EQ(open(asking_for("2025-11-25"))->result, R"({"protocolVersion":"2025-11-25")" + server + "}")
        << "no instructions, no member";
    EXPECT_EQ(sent(), strings{}) << "no backend was asked";
}

TEST_F(own_answers, a_session_belongs_to_its_caller_and_knows_what_the_client_can) {
    serve(config_of({"a"}), {});
    const auto opened =
        open(R"({"capabilities":{"roots":{"listChanged":true},"x":{}},"protocolVersion":"2025-11-25"})");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->session->capabilities().raw, R"({"roots":{"listChanged":true}})");
    EXPECT_EQ(sessions_.find(opened->session->id(), *caller_, steady_clock::now()), opened->session);
    EXPECT_EQ(sessions_.find(opened->session->id(), {"iss", "dave"}, steady_clock::now()), nullptr);
}

TEST_F(own_answers, initialize_without_a_version_or_beyond_the_cap_opens_nothing) {
    serve(config_of({"a"}), {});
    for (const std::string_view params :
         {"", "{}", R"({"protocolVersion":null})", R"({"protocolVersion":20251125})",
          R"({"capabilities":{"protocolVersion":"2025-11-25"}})"}) {
        const auto opened = open(params);
        ASSERT_FALSE(opened) << params;
        EXPECT_EQ(opened.error(), fail(errc::invalid_params, "\"protocolVersion\" must be a string"));
    }
    EXPECT_EQ(sessions_.size(), 0U);
    sessions_.set_limits({.max_sessions = 1});
    const auto only = open(asking_for("2025-11-25"));
    ASSERT_TRUE(only && only->session->begin_call("1", control_, 9));
    EXPECT_EQ(open(asking_for("2025-11-25")).error().code, errc::too_many_sessions);
}

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

TEST_F(own_answers, a_cancellation_stops_the_call_it_names) {
    serve(config_of({"a"}), {});
    const auto other = std::make_shared<call_control>(io_.get_executor());
    ASSERT_TRUE(session_->begin_call("1", control_, 9));
    ASSERT_TRUE(session_->begin_call(R"("1")", other, 9));
    notice(notification_message("notifications/cancelled", R"({"requestId":"1","reason":"no \"need\""})"));
    fakes::settle(io_);
    EXPECT_FALSE(control_->cancelled()) << "a number is no string";
    EXPECT_TRUE(other->cancelled());
    EXPECT_EQ(other->reason(), R"("no \"need\"")");
    for (const std::string_view params : {"", "{}", R"({"requestId":null})", R"({"requestId":2})"})
        notice(notification_message("notifications/cancelled", params));
    fakes::settle(io_);
    EXPECT_FALSE(control_->cancelled());
}

TEST_F(own_answers, other_notifications_go_to_whom_they_concern) {
    serve(config_of({"a", "b"}), {});
    link(1).session_for(session_);
    session_ = make_session(R"({"roots":{}})");
    link(0).session_for(session_);
    const auto way = std::make_shared<fake_outbound>();
    const std::string text =
        R"({"jsonrpc":"2.0","id":7,"method":"roots/list","params":{"_meta":{"progressToken":"tok"}}})";
    const auto question = session_->ask(read_message(text).value(), way);
    ASSERT_TRUE(question);
    strings progress;
    (*question)->on_progress([&](std::string message) { progress.push_back(std::move(message)); });
    const auto token =
        json_member(json_member(json_member(way->sent.at(0), "params").raw, "_meta").raw, "progressToken");
    ASSERT_FALSE(token.empty());

    const std::string changed = R"({ "jsonrpc":"2.0","method":"notifications/roots/list_changed" })";
    notice(changed);
    notice(notification_message("notifications/progress",
                                R"({"progress":1,"progressToken":)" + std::string(token.raw) + "}"));
    for (const std::string_view ours :
         {"notifications/initialized", "notifications/unheard_of", "tools/call"})
        notice(notification_message(ours, R"({"name":"t"})"));
    EXPECT_EQ(link(0).session->notified, strings{changed});
    EXPECT_EQ(progress, strings{notification_message("notifications/progress",
                                                     R"({"progress":1,"progressToken":"tok"})")});
    EXPECT_EQ(link(1).session->notified, strings{}) << "of another client";
    EXPECT_EQ(sent(), strings{}) << "notifications are no calls";
}

} // namespace
} // namespace vmcp
