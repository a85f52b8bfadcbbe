// What backends ask clients: sampling, elicitation, roots. Each question finds its client, each answer its backend.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

namespace wire {
namespace {

constexpr std::string_view can_all =
    R"({"sampling":{"x":1e2},"elicitation":{},"roots":{},"experimental":{"e":{}}})";

std::string question(std::string_view id, std::string_view method, std::string_view params = "{}") {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", id, method, params);
}

std::string member(std::string_view json, std::string_view name) {
    return std::string(vmcp::json_member(json, name, 100).raw);
}

class asks : public one_backend {
protected:
    // A call that runs, its stream begun by the backend.
    struct running {
        fakes::http_client call;
        fakes::backend_request asked;
    };
    running begin(const mcp_client& c, std::string_view id) {
        running out{c.start(tool_call(id, "b_t")), nullptr};
        backend.handshake("s-" + std::to_string(++sessions_));
        out.asked = backend.expect("tools/call");
        out.asked->start_events();
        return out;
    }
    int sessions_ = 0;
};

TEST_F(asks, a_question_comes_on_the_stream_of_its_call_and_the_answer_goes_back_under_the_backends_id) {
    start();
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    const std::string params = R"({"messages":[1e2],"x":"\u0041"})";
    run.asked->event(question(R"("q\/\"1")", "sampling/createMessage", params));
    ASSERT_EQ(run.call.head().field("content-type"), "text/event-stream");
    auto events = run.call.events();
    const auto asked = events.message()->data;
    const auto id = member(asked, "id");
    EXPECT_EQ(asked, question(id, "sampling/createMessage", params));
    EXPECT_NE(id, R"("q\/\"1")");

    EXPECT_EQ(c.post(R"({"result":{"n":1e2} , "id":)" + id + R"(,"jsonrpc":"2.0"})").status(), 202U);
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->request.body, R"({"result":{"n":1e2} , "id":"q\/\"1","jsonrpc":"2.0"})");
    EXPECT_EQ(answer->request.field("mcp-session-id"), "s-1");
    answer->accept();
    run.asked->event(response(run.asked->id(), "{}"));
    run.asked->end_events();
    EXPECT_EQ(events.message()->data, response("1", "{}"));
}

TEST_F(asks, the_backend_hears_what_the_client_can_as_far_as_it_can_be_bridged) {
    start();
    const auto c = client("2025-06-18", can_all);
    auto call = c.start(tool_call("1", "b_t"));
    const auto hello = backend.expect("initialize");
    EXPECT_EQ(hello->raw("params.capabilities"), R"({"sampling":{},"elicitation":{},"roots":{}})");
    EXPECT_EQ(hello->raw("params.protocolVersion"), "\"2025-06-18\"");
}

TEST_F(asks, questions_of_many_sessions_under_one_id_never_cross) {
    start();
    constexpr std::size_t many = 5;
    std::vector<mcp_client> clients;
    std::vector<running> runs;
    for (std::size_t i = 0; i < many; ++i) {
        clients.push_back(client("2025-11-25", can_all));
        runs.push_back(begin(clients.back(), "1"));
    }
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < many; ++i) {
        runs[i].asked->event(question("1", "elicitation/create", fmt::format(R"({{"n":{}}})", i)));
        (void)runs[i].call.head();
        const auto asked = runs[i].call.events().message()->data;
        EXPECT_EQ(member(member(asked, "params"), "n"), std::to_string(i));
        ids.push_back(member(asked, "id"));
    }
    for (std::size_t i = many; i-- > 0;)
        EXPECT_EQ(clients[i].post(response(ids[i], std::to_string(i))).status(), 202U);
    for (std::size_t i = 0; i < many; ++i) {
        const auto answer = backend.expect("answer");
        EXPECT_EQ(answer->id(), "1");
        EXPECT_EQ(answer->request.field("mcp-session-id"),
                  "s-" + std::to_string(std::stoul(answer->raw("result")) + 1))
            << "the answer of one client went to the session of another";
        answer->accept();
    }
}

TEST_F(asks, late_repeated_and_foreign_answers_are_ignored) {
    start();
    const auto c = client("2025-11-25", can_all);
    const auto stranger = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("7", "roots/list"));
    (void)run.call.head();
    auto events = run.call.events();
    const auto id = member(events.message()->data, "id");

    EXPECT_EQ(stranger.post(response(id, "\"foreign\"")).status(), 202U);
    for (const auto& wrong :
         {std::string("999"), "\"" + id + "\"", id + ".0", std::string("-1"), std::string("\"\"")})
        EXPECT_EQ(c.post(response(wrong, "\"made up\"")).status(), 202U) << wrong;
    EXPECT_FALSE(backend.has("answer", 50ms));
    EXPECT_EQ(c.post(response(id, "\"own\"")).status(), 202U);
    EXPECT_EQ(c.post(response(id, "\"twice\"")).status(), 202U);
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->request.body, response("7", "\"own\""));
    answer->accept();
    EXPECT_FALSE(backend.has("answer", 50ms));
    run.asked->event(response(run.asked->id(), "{}"));
    run.asked->end_events();
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    EXPECT_EQ(c.post(response(id, "\"late\"")).status(), 202U);
    EXPECT_FALSE(backend.has("answer", 50ms));
}

TEST_F(asks, errors_of_the_client_are_answers_too) {
    start();
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("\"e\"", "sampling/createMessage"));
    (void)run.call.head();
    const auto id = member(run.call.events().message()->data, "id");
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":)" + id +
                     R"(,"error":{"code":-1,"message":"User rejected","data":1e2}})")
                  .status(),
              202U);
    EXPECT_EQ(backend.expect("answer")->request.body,
              R"({"jsonrpc":"2.0","id":"e","error":{"code":-1,"message":"User rejected","data":1e2}})");
}

TEST_F(asks, a_question_that_the_client_cannot_answer_is_refused_at_once) {
    start();
    const auto c = client("2025-11-25", R"({"sampling":{}})");
    auto run = begin(c, "1");
    for (const auto* method : {"elicitation/create", "roots/list", "tools/list", "made/up"}) {
        run.asked->event(question("3", method));
        const auto answer = backend.expect("answer");
        EXPECT_EQ(answer->id(), "3");
        EXPECT_NE(answer->raw("error.code"), "") << method;
        answer->accept();
    }
    run.asked->event(question("4", "ping"));
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->request.body, response("4", "{}"));
    answer->accept();
    run.asked->event(response(run.asked->id(), "{}"));
    run.asked->end_events();
    (void)run.call.head();
    auto events = run.call.events();
    EXPECT_EQ(events.message()->data, response("1", "{}")) << "the client saw none of that";
    EXPECT_FALSE(events.message());
}

TEST_F(asks, the_clients_progress_reaches_the_backend_under_its_own_token) {
    start();
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("9", "sampling/createMessage", R"({"_meta":{"progressToken":"tok\/en"}})"));
    (void)run.call.head();
    const auto asked = run.call.events().message()->data;
    const auto token = member(member(member(asked, "params"), "_meta"), "progressToken");
    EXPECT_NE(token, R"("tok\/en")");
    const auto progress = [](std::string_view t) {
        return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.10,"progressToken":)" +
               std::string(t) + "}}";
    };
    // An answer must be waited for before progress has somewhere to go; both are posted.
    ASSERT_TRUE(world::eventually([&] {
        EXPECT_EQ(c.post(progress(token)).status(), 202U);
        return backend.has("notifications/progress", 20ms);
    }));
    EXPECT_EQ(backend.expect("notifications/progress")->request.body, progress(R"("tok\/en")"));
    EXPECT_EQ(c.post(progress("\"other\"")).status(), 202U);
    EXPECT_EQ(c.post(response(member(asked, "id"), "{}")).status(), 202U);
    backend.expect("answer")->accept();
}

TEST_F(asks, a_question_that_the_backend_takes_back_is_taken_back_from_the_client) {
    start();
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("\"q\"", "elicitation/create"));
    (void)run.call.head();
    auto events = run.call.events();
    const auto id = member(events.message()->data, "id");
    run.asked->event(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q","reason":"r\/1"}})");
    EXPECT_EQ(events.message()->data,
              R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id +
                  R"(,"reason":"r\/1"}})");
    EXPECT_EQ(c.post(response(id, "\"too late\"")).status(), 202U);
    EXPECT_FALSE(backend.has("answer", 50ms));
}

TEST_F(asks, an_open_question_stops_the_clock_of_the_call) {
    start([](vmcp::config& s) { s.backends[0].timeout = 300ms; });
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("1", "elicitation/create"));
    (void)run.call.head();
    auto events = run.call.events();
    const auto id = member(events.message()->data, "id");
    ASSERT_FALSE(backend.has("notifications/cancelled", 700ms)) << "a person thinks";
    EXPECT_EQ(c.post(response(id, "{}")).status(), 202U);
    backend.expect("answer")->accept();
    // ... and then it runs again.
    backend.expect("notifications/cancelled")->accept();
    EXPECT_THAT(events.message()->data, testing::HasSubstr("in time"));
}

TEST_F(asks, a_client_that_does_not_answer_in_time_is_told_so_and_the_backend_gets_an_error) {
    start([](vmcp::config& s) { s.limits.ask_timeout = 200ms; });
    const auto c = client("2025-11-25", can_all);
    auto run = begin(c, "1");
    run.asked->event(question("1", "elicitation/create"));
    (void)run.call.head();
    auto events = run.call.events();
    const auto id = member(events.message()->data, "id");
    EXPECT_EQ(events.message()->data,
              R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id +
                  R"(,"reason":"timeout"}})");
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->id(), "1");
    EXPECT_NE(answer->raw("error"), "");
}

TEST_F(asks, a_response_given_twice_on_two_streams_is_passed_on_once) {
    start({}, true);
    const auto c = client("2025-11-25", can_all);
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake();
    const auto stream = backend.expect("GET");
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    for (int round = 0; round < 20; ++round) { // both ways at once, in changing order
        auto& first = round % 2 == 0 ? stream : asked;
        auto& second = round % 2 == 0 ? asked : stream;
        first->event(response(asked->id(), "\"once\""));
        second->event(response(asked->id(), "\"once\""));
        second->event(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"error","data":{}}}}})",
            round));
        second->event(question("5", "roots/list"));
    }
    EXPECT_EQ(call.response().body, response("1", "\"once\""));
    // The connection is not out of step.
    call.send("POST", c.fields(), R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
    EXPECT_EQ(call.response().body, response("2", "{}"));
}

TEST_F(asks, a_response_on_the_other_stream_ends_the_pause_before_a_resumption) {
    start({}, true);
    const auto c = client("2025-06-18", can_all);
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake();
    const auto stream = backend.expect("GET");
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->piece("id: e1\nretry: 20000\ndata:\n\n");
    asked->end_events();
    ASSERT_FALSE(backend.has("GET", 100ms));
    stream->event(response(asked->id(), "\"there\""));
    EXPECT_EQ(call.response().body, response("1", "\"there\""));
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
}

} // namespace
} // namespace wire
