// A backend session that several clients share: what one of them sets is not lost, and is not the others' loss.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

namespace wire {
namespace {

std::string about(std::string_view id, std::string_view method, std::string_view uri) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"resources/{}","params":{{"uri":"{}"}}}})", id,
                       method, uri);
}

std::string set_level(std::string_view level) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{{"level":"{}"}}}})",
                       level);
}

std::string updated(std::string_view uri) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{{"uri":"{}"}}}})", uri);
}

constexpr std::string_view all = R"({"tools":{},"resources":{"subscribe":true},"logging":{}})";

class shared_sessions : public one_backend {
protected:
    void start_with(vmcp::backend_session_mode mode, const std::vector<std::string>& uris) {
        start([&](vmcp::config& s) { s.backends.front().sessions = mode; }, true);
        auto lists = fakes::tools("b", {"t"});
        lists.capabilities = std::string(all);
        for (const auto& uri : uris)
            lists.resources.push_back({uri, fmt::format(R"({{"uri":"{}","name":"r"}})", uri)});
        gateway->publish({lists});
    }
    void start_shared() { start_with(vmcp::backend_session_mode::shared, {"file:///a", "file:///b"}); }

    // The first call of all: the session is opened and its stream.
    void open(const mcp_client& c) {
        auto call = c.start(about("0", "subscribe", "file:///a"));
        backend.handshake("shared", all);
        stream = backend.expect("GET");
        stream->start_events();
        const auto asked = backend.expect("resources/subscribe");
        EXPECT_EQ(asked->raw("params.uri"), "\"file:///a\"");
        asked->result("{}");
        ASSERT_EQ(call.response().body, response("0", "{}"));
    }

    void subscribe(const mcp_client& c, std::string_view uri) {
        auto call = c.start(about("0", "subscribe", uri));
        backend.expect("resources/subscribe")->result("{}");
        ASSERT_EQ(call.response().body, response("0", "{}"));
    }

    fakes::backend_request stream{};
};

TEST_F(shared_sessions, updates_go_to_each_subscriber_until_it_wants_no_more) {
    start_shared();
    const auto one = client();
    auto two = client();
    auto one_listens = one.listen();
    auto two_listens = two.listen();
    auto to_one = one_listens.events();
    auto to_two = two_listens.events();
    open(one);
    subscribe(two, "file:///a");
    EXPECT_FALSE(backend.has("initialize"));
    stream->event(updated("file:///a"));
    EXPECT_EQ(to_one.message()->data, updated("file:///a"));
    EXPECT_EQ(to_two.message()->data, updated("file:///a"));

    EXPECT_EQ(one.post(about("5", "unsubscribe", "file:///a")).body, response("5", "{}"));
    EXPECT_FALSE(backend.has("resources/unsubscribe", 50ms)) << "the other one still wants it";
    subscribe(one, "file:///b");
    stream->event(updated("file:///a"));
    stream->event(updated("file:///b"));
    EXPECT_EQ(to_two.message()->data, updated("file:///a"));
    EXPECT_EQ(to_one.message()->data, updated("file:///b")) << "and not a";

    EXPECT_EQ(two.remove().status(), 200U);
    const auto told = backend.expect("resources/unsubscribe");
    EXPECT_EQ(told->raw("params.uri"), "\"file:///a\"") << "the last one has gone";
    told->result("{}");
    auto last = one.start(about("6", "unsubscribe", "file:///b"));
    backend.expect("resources/unsubscribe")->result("{}");
    EXPECT_EQ(last.response().body, response("6", "{}"));
}

TEST_F(shared_sessions, a_new_session_knows_what_any_of_them_wants) {
    start_shared();
    const auto one = client();
    const auto two = client();
    open(one);
    subscribe(two, "file:///b");
    auto call = one.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->answer(404, "");
    backend.handshake("new", all);
    for (const auto* uri : {"\"file:///a\"", "\"file:///b\""}) {
        const auto again = backend.expect("resources/subscribe");
        EXPECT_EQ(again->raw("params.uri"), uri);
        again->result("{}");
    }
    backend.expect("GET")->start_events();
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
}

TEST_F(shared_sessions, the_backend_is_told_the_lowest_level_and_each_client_hears_its_own) {
    start_shared();
    const auto one = client();
    auto two = client();
    open(one);
    subscribe(two, "file:///a");
    const auto told = [&](std::string_view level) {
        const auto asked = backend.expect("logging/setLevel");
        EXPECT_EQ(asked->raw("params.level"), fmt::format("\"{}\"", level));
        asked->result("{}");
    };
    EXPECT_EQ(one.post(set_level("error")).body, response("1", "{}"));
    told("error");
    EXPECT_EQ(two.post(set_level("info")).body, response("1", "{}"));
    told("info");
    const auto third = client();
    EXPECT_EQ(third.post(set_level("debug")).body, response("1", "{}"));
    EXPECT_FALSE(backend.has("logging/setLevel", 30ms)) << "it has not used the backend yet";
    auto call = third.start(tool_call("7", "b_t"));
    told("debug");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);

    const auto log = [](std::string_view level) {
        return fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"{}","data":1}}}})",
            level);
    };
    auto quiet = one.start(tool_call("8", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(log("info"));
    asked->event(log("error"));
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    (void)quiet.head();
    auto heard = quiet.events();
    EXPECT_EQ(heard.message()->data, log("error"));
    EXPECT_EQ(heard.message()->data, response("8", "{}"));

    EXPECT_EQ(third.remove().status(), 200U);
    told("info");
    EXPECT_EQ(two.remove().status(), 200U);
    told("error");
}

TEST_F(shared_sessions, hear_that_a_clients_roots_changed) {
    start_shared();
    const auto one = client();
    open(one);
    EXPECT_EQ(one.post(R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})").status(), 202U);
    backend.expect("notifications/roots/list_changed")->accept();
}

// ---- what the backend asks on the session's stream, where it names no call

constexpr std::string_view has_roots = R"({"roots":{}})";
constexpr std::string_view question = R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})";

class shared_questions : public shared_sessions {
protected:
    // Clients that have used the backend; the first one opens the session.
    std::vector<mcp_client> clients(std::size_t many) {
        start_shared();
        std::vector<mcp_client> out;
        for (std::size_t i = 0; i < many; ++i) {
            out.push_back(client("2025-11-25", has_roots));
            if (i == 0)
                open(out.front());
            else
                subscribe(out.back(), "file:///a");
        }
        settle();
        return out;
    }
    // The client's answer, whatever it is asked there, reaches the backend.
    void answered_by(const mcp_client& c, fakes::event_reader& hears) {
        const auto asked = hears.message()->data;
        EXPECT_THAT(asked, testing::HasSubstr("roots/list"));
        const auto id = std::string(vmcp::json_member(asked, "id", 100).raw);
        ASSERT_EQ(c.post(response(id, R"({"roots":[{"uri":"file:///own"}]})")).status(), 202U);
        const auto answer = backend.expect("answer");
        EXPECT_EQ(answer->request.body, response("\"q\"", R"({"roots":[{"uri":"file:///own"}]})"));
        answer->accept();
    }
    std::string refusal() {
        const auto answer = backend.expect("answer");
        EXPECT_EQ(answer->id(), "\"q\"");
        EXPECT_EQ(answer->raw("result"), "") << "nobody said that";
        auto code = answer->raw("error.code");
        answer->accept();
        return code;
    }
};

TEST_F(shared_questions, are_for_the_one_client_that_calls) {
    const auto all_of_them = clients(2);
    auto call = all_of_them[1].start(tool_call("7", "b_t"));
    const auto asked = backend.expect("tools/call");
    stream->event(question);
    (void)call.head();
    auto heard = call.events();
    answered_by(all_of_them[1], heard);
    asked->result("{}");
    EXPECT_EQ(heard.message()->data, response("7", "{}"));
}

TEST_F(shared_questions, are_refused_while_several_clients_call) {
    const auto all_of_them = clients(2);
    auto one = all_of_them[0].start(tool_call("7", "b_t"));
    const auto first = backend.expect("tools/call");
    auto two = all_of_them[1].start(tool_call("7", "b_t"));
    const auto second = backend.expect("tools/call");
    stream->event(question);
    EXPECT_EQ(refusal(), "-32600");
    first->result("{}");
    second->result("{}");
    EXPECT_EQ(one.response().body, response("7", "{}"));
    EXPECT_EQ(two.response().body, response("7", "{}"));
}

TEST_F(shared_questions, are_for_the_only_client_there_is_when_it_listens) {
    auto alone = clients(1);
    auto listens = alone[0].listen();
    auto heard = listens.events();
    stream->event(question);
    answered_by(alone[0], heard);
}

TEST_F(shared_questions, are_refused_where_nobody_can_be_meant) {
    auto both = clients(2);
    auto listens = both[0].listen();
    stream->event(question);
    EXPECT_EQ(refusal(), "-32603") << "two share the session, and none of them calls";
    EXPECT_EQ(both[0].remove().status(), 200U);
    stream->event(question);
    EXPECT_EQ(refusal(), "-32603") << "one is left, and does not listen";
}

TEST_F(shared_sessions, subscriptions_are_limited_in_number_and_size_as_those_of_dedicated_sessions) {
    constexpr std::size_t most = 1000;
    std::vector<std::string> uris{"file:///a", "long:" + std::string(8192, 'x')};
    for (std::size_t i = 1; i <= most; ++i)
        uris.push_back(fmt::format("n:{}", i));
    for (const auto mode : {vmcp::backend_session_mode::shared, vmcp::backend_session_mode::dedicated}) {
        start_with(mode, uris);
        const auto c = client();
        open(c);
        EXPECT_THAT(c.post(about("1", "subscribe", uris[1])).body, testing::HasSubstr("8192"));
        auto stream = c.connect();
        for (std::size_t i = 1; i < most; ++i) {
            stream.send("POST", c.fields(), about("0", "subscribe", fmt::format("n:{}", i)));
            backend.expect("resources/subscribe")->result("{}");
            ASSERT_EQ(stream.response().body, response("0", "{}"));
        }
        const auto refused = c.post(about("1", "subscribe", "n:1000")).body;
        EXPECT_THAT(refused, testing::HasSubstr("-32602"));
        EXPECT_THAT(refused, testing::HasSubstr("1000 subscriptions"));
        EXPECT_FALSE(backend.has("resources/subscribe"));
        gateway.reset();
    }
}

} // namespace
} // namespace wire
