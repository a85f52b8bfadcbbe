// What the gateway does in the background, and what waits for a client, leaves a backend's places to calls.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace wire {
namespace {

constexpr std::string_view roots_changed = R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})";
constexpr std::string_view told_roots = "notifications/roots/list_changed";
constexpr std::string_view can_elicit = R"({"elicitation":{}})";

class background : public one_backend {
protected:
    void start_with(std::size_t places) {
        start([&](vmcp::config& s) { s.backends[0].max_concurrency = places; });
    }
    void expect_call_to_go_through(const mcp_client& c) {
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().body, response("1", "{}"));
    }
};

TEST_F(background, notifications_of_clients_have_their_share_of_places_and_only_the_newest_counts) {
    start_with(4);
    constexpr std::size_t sessions = 6;
    std::vector<mcp_client> clients;
    for (std::size_t i = 0; i < sessions; ++i) {
        clients.push_back(client("2025-11-25", R"({"roots":{"listChanged":true}})"));
        warm(clients.back(), fmt::format("s-{}", i));
    }
    for (int round = 0; round < 30; ++round)
        for (const auto& c : clients)
            ASSERT_EQ(c.post(roots_changed).status(), 202U);
    ASSERT_TRUE(backend.has(told_roots, fakes::patience));
    EXPECT_FALSE(backend.has("made/up", 100ms));
    EXPECT_EQ(backend.count(told_roots), 2U) << "half of the places";
    expect_call_to_go_through(clients.front());
    std::size_t told = 0;
    for (; backend.has(told_roots, 200ms); ++told)
        backend.expect(told_roots)->accept();
    EXPECT_GE(told, sessions);
    EXPECT_LE(told, 2 * sessions) << "that which was being told, and the newest";
}

TEST_F(background, of_many_levels_the_last_one_is_told) {
    start_with(4);
    const auto c = client();
    warm(c, "s-1", R"({"tools":{},"logging":{}})");
    const auto set_level = [&](std::string_view level) {
        const auto text = fmt::format(
            R"({{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{{"level":"{}"}}}})", level);
        ASSERT_EQ(c.post(text).status(), 200U);
    };
    for (int i = 0; i < 20; ++i)
        for (const auto* level : {"debug", "info", "warning"})
            set_level(level);
    set_level("alert");
    const auto first = backend.expect("logging/setLevel");
    EXPECT_FALSE(backend.has("logging/setLevel", 100ms));
    first->result("{}");
    const auto last = backend.expect("logging/setLevel");
    EXPECT_EQ(last->raw("params.level"), "\"alert\"");
    last->result("{}");
    EXPECT_FALSE(backend.has("logging/setLevel", 100ms));
}

TEST_F(background, goodbyes_have_their_share_of_places) {
    start_with(8);
    for (std::size_t i = 0; i < 16; ++i)
        warm(client(), fmt::format("s-{}", i));
    gateway->retire();
    ASSERT_TRUE(backend.has("DELETE", fakes::patience));
    EXPECT_FALSE(backend.has("made/up", 150ms));
    EXPECT_EQ(backend.count("DELETE"), 4U);
    for (std::size_t i = 0; i < 16; ++i)
        backend.expect("DELETE")->answer(200, "");
}

TEST_F(background, lists_are_read_when_there_is_a_place_for_that) {
    start_with(1);
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    auto lists = gateway->fetch_lists();
    EXPECT_FALSE(backend.has("initialize", 100ms));
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    backend.handshake("own");
    const auto page = backend.expect("tools/list");
    auto second = c.start(tool_call("2", "b_t"));
    EXPECT_FALSE(backend.has("tools/call", 100ms)) << "the reading has the place";
    page->result(R"({"tools":[]})");
    EXPECT_TRUE(lists.get());
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(second.response().status(), 200U);
}

// ---- calls that wait for their client

class waiting_calls : public one_backend {
protected:
    struct running {
        std::unique_ptr<fakes::http_client> call;
        fakes::backend_request asked;
    };
    // A call whose backend has asked the client something.
    running begin(const mcp_client& c, std::string_view id, bool first = true) {
        running out{std::make_unique<fakes::http_client>(c.start(tool_call(id, "b_t"))), nullptr};
        if (first)
            backend.handshake(fmt::format("s-{}", ++sessions_));
        out.asked = backend.expect("tools/call");
        out.asked->start_events();
        out.asked->event(question("1"));
        (void)out.call->head();
        return out;
    }
    static std::string question(std::string_view id) {
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"elicitation/create","params":{{}}}})", id);
    }
    static std::string id_of(const std::string& asked) {
        return std::string(vmcp::json_member(asked, "id", 100).raw);
    }
    static void end(const running& run) {
        run.asked->event(response(run.asked->id(), "{}"));
        run.asked->end_events();
    }
    int sessions_ = 0;
};

TEST_F(waiting_calls, leave_their_place_to_others_and_go_on_when_there_is_one) {
    start([](vmcp::config& s) { s.backends[0].max_concurrency = 1; });
    const auto asker = client("2025-11-25", can_elicit);
    const auto other = client();
    auto run = begin(asker, "1");
    auto events = run.call->events();
    const auto id = id_of(events.message()->data);

    auto second = other.start(tool_call("2", "b_t"));
    backend.handshake("other");
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asker.post(response(id, "{}")).status(), 202U);
    EXPECT_FALSE(backend.has("answer", 100ms)) << "the other call has the place now";
    auto third = other.start(tool_call("3", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 3; }));
    asked->result("{}");
    EXPECT_EQ(second.response().body, response("2", "{}"));

    backend.expect("answer")->accept();
    EXPECT_FALSE(backend.has("tools/call", 100ms)) << "the first call goes on in the place of the answer";
    end(run);
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(third.response().body, response("3", "{}"));
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_ended() == gateway->calls_admitted(); }));
}

TEST_F(waiting_calls, of_a_client_that_has_gone_hold_nobody_up_and_end) {
    constexpr std::size_t many = 20;
    start([](vmcp::config& s) {
        s.backends[0].max_concurrency = many;
        s.sessions.keep_alive = 200ms; // by which it is noticed that nobody reads
    }).limit_questions(128, 500ms);
    std::vector<running> runs;
    {
        const auto gone = client("2025-11-25", can_elicit);
        for (std::size_t i = 0; i < many; ++i)
            runs.push_back(begin(gone, std::to_string(i), i == 0));
        for (auto& run : runs)
            run.call->raw().reset();
    }
    const auto other = client();
    auto call = other.start(tool_call("1", "b_t"));
    backend.handshake("other");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
    for (std::size_t i = 0; i < many; ++i) {
        const auto answer = backend.expect("answer");
        EXPECT_THAT(answer->raw("error.message"), testing::HasSubstr("away"));
        answer->accept();
    }
    for (const auto& run : runs)
        end(run);
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
}

TEST_F(waiting_calls, a_client_that_listens_elsewhere_is_not_gone) {
    start().limit_questions(128, 200ms);
    const auto c = client("2025-11-25", can_elicit);
    auto stream = c.listen();
    auto run = begin(c, "1");
    const auto id = id_of(run.call->events().message()->data);
    run.call->raw().reset();
    EXPECT_FALSE(backend.has("answer", 600ms));
    EXPECT_EQ(c.post(response(id, "{}")).status(), 202U);
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("error"), "");
    answer->accept();
    end(run);
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
}

TEST_F(waiting_calls, ask_one_client_no_more_than_it_may_be_asked) {
    start().limit_questions(2, 60s);
    const auto c = client("2025-11-25", can_elicit);
    auto run = begin(c, "1");
    auto other = begin(c, "2", false);
    std::vector<std::pair<running*, fakes::event_reader>> all;
    std::vector<std::string> questions; // that the client was asked: only then is the next one too many
    for (auto* one : {&run, &other}) {
        all.emplace_back(one, one->call->events());
        questions.push_back(id_of(all.back().second.message()->data));
    }
    run.asked->event(question("9"));
    const auto refused = backend.expect("answer");
    EXPECT_EQ(refused->id(), "9");
    EXPECT_THAT(refused->raw("error.message"), testing::HasSubstr("questions to this client"));
    refused->accept();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& [one, events] = all[i];
        EXPECT_EQ(c.post(response(questions[i], "{}")).status(), 202U);
        backend.expect("answer")->accept();
        end(*one);
        EXPECT_THAT(events.message()->data, testing::HasSubstr("result"));
    }
}

} // namespace
} // namespace wire
