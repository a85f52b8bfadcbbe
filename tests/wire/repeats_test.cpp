// When a call may be sent a second time, and when it must not be.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class repeats : public one_backend {
protected:
    // Backend "b" with a tool, which may not be repeated, and a prompt, which may.
    void start_with_prompt(const tune& adjust = {}) {
        backend.refuse_streams = true;
        vmcp::config settings;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        settings.limits.max_body = std::size_t{64} << 20;
        if (adjust)
            adjust(settings);
        auto lists = fakes::tools("b", {"t"});
        lists.prompts.push_back({"p", R"({"name":"p"})"});
        // One worker: connections are kept by each worker for itself.
        gateway = std::make_unique<world>(settings, std::vector{lists}, 1);
    }
    static std::string prompt(std::string_view id) {
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"prompts/get","params":{{"name":"b_p"}}}})",
                           id);
    }
};

TEST_F(repeats, a_connection_that_was_closed_while_idle_is_noticed_before_anything_is_sent) {
    start_with_prompt();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake();
    const auto first = backend.expect("tools/call");
    first->result("{}");
    ASSERT_EQ(call.response().status(), 200U);
    first->close();
    ASSERT_FALSE(backend.has("tools/call", 20ms)); // time for the end of the stream to arrive
    call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("2", "{}"));
}

TEST_F(repeats, a_tool_call_that_the_backend_took_is_never_sent_twice) {
    start_with_prompt();
    const auto c = client();
    warm(c);
    for (int i = 0; i < 4; ++i) {
        auto call = c.start(tool_call("1", "b_t"));
        auto asked = backend.expect("tools/call");
        switch (i) {
        case 0:
            asked->close();
            break;
        case 1:
            asked->reset();
            break;
        case 2: // in the middle of the answer
            asked->send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
            asked->close();
            break;
        case 3:
            asked->start_events();
            asked->event(
                R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})");
            asked->close();
            break;
        }
        const auto answer = call.response();
        EXPECT_THAT(answer.body, testing::HasSubstr("\"error\"")) << i;
        EXPECT_THAT(answer.body, testing::HasSubstr(R"("backend":"b")")) << i;
        EXPECT_FALSE(backend.has("tools/call", 50ms)) << i;
    }
}

TEST_F(repeats, what_changes_nothing_is_sent_again_once_when_an_idle_connection_was_closed) {
    start_with_prompt();
    const auto c = client();
    warm(c);
    auto call = c.start(prompt("1"));
    backend.expect("prompts/get")->close();
    backend.expect("prompts/get")->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));

    call = c.start(prompt("2"));
    backend.expect("prompts/get")->close();
    backend.expect("prompts/get")->close(); // on a connection of its own: no accident
    EXPECT_THAT(call.response().body, testing::HasSubstr("\"error\""));
    EXPECT_FALSE(backend.has("prompts/get", 50ms));
}

TEST_F(repeats, a_request_that_could_not_be_written_is_written_again) {
    start_with_prompt();
    const auto c = client();
    warm(c);
    const std::string large = "\"" + std::string(std::size_t{30} << 20, 'x') + "\"";
    auto call = c.start(tool_call("1", "b_t", large));
    backend.reset_while_reading();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->raw("params.arguments").size(), large.size());
    asked->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
    EXPECT_FALSE(backend.has("tools/call"));
}

TEST_F(repeats, a_refusal_that_comes_before_the_whole_request_is_read_is_understood) {
    start_with_prompt();
    const auto c = client();
    auto warm_call = c.start(tool_call("0", "b_t"));
    backend.handshake();
    const auto first = backend.expect("tools/call");
    first->result("{}");
    ASSERT_EQ(warm_call.response().status(), 200U);
    auto call = c.start(tool_call("1", "b_t", "\"" + std::string(std::size_t{30} << 20, 'x') + "\""));
    ASSERT_TRUE(first->connection().readable(fakes::patience));
    first->send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlong");
    first->connection().shut_write();
    first->connection().expect_end();
    EXPECT_THAT(call.response().body, testing::HasSubstr("HTTP 413"));
}

TEST_F(repeats, a_backend_that_restarts_is_waited_for) {
    start_with_prompt();
    const auto c = client();
    warm(c);
    backend.stop();
    ASSERT_FALSE(backend.has("tools/call", 20ms));
    auto call = c.start(tool_call("1", "b_t"));
    ASSERT_FALSE(call.raw().readable(150ms)) << "nothing was sent yet, so that there is no hurry to fail";
    backend.start();
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

TEST_F(repeats, the_deadline_ends_a_call_and_tells_the_backend) {
    start_with_prompt([](vmcp::config& c) { c.backends[0].timeout = 400ms; });
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    const auto told = backend.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    told->accept();
    EXPECT_THAT(call.response().body, testing::HasSubstr("did not answer in time"));
    // What comes too late goes nowhere.
    asked->result("\"late\"");
    call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("\"next\"");
    EXPECT_EQ(call.response().body, response("2", "\"next\""));
}

TEST_F(repeats, progress_extends_the_deadline) {
    start_with_prompt([](vmcp::config& c) { c.backends[0].timeout = 700ms; });
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":1})"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    for (int i = 0; i < 4; ++i) {
        ASSERT_FALSE(backend.has("notifications/cancelled", 300ms));
        asked->event(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progress":{},"progressToken":{}}}}})",
            i, asked->id()));
    }
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_THAT(call.response().body, testing::HasSubstr(R"("result":{})"));
}

TEST_F(repeats, redirects_are_refused_with_the_place_they_lead_to) {
    start_with_prompt([](vmcp::config& s) { s.errors.backend_words = true; });
    const auto c = client();
    warm(c);
    for (const unsigned status : {301U, 302U, 307U, 308U}) {
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->answer(status, "", "Location: http://127.0.0.1:1/elsewhere\r\n");
        const auto body = call.response().body;
        EXPECT_THAT(body, testing::HasSubstr("redirects"));
        EXPECT_THAT(body, testing::HasSubstr("http://127.0.0.1:1/elsewhere"));
    }
}

TEST_F(repeats, what_is_no_mcp_is_shown_and_not_passed_on) {
    start_with_prompt();
    const auto c = client();
    warm(c);
    for (const auto& [status, body] : {std::pair<unsigned, std::string>{200, "<html>hello</html>"},
                                       {200, "[]"},
                                       {200, R"({"jsonrpc":"2.0","id":77,"result":{}})"},
                                       {502, "bad\x01gateway"}}) {
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->answer(status, body);
        const auto answer = call.response();
        EXPECT_EQ(answer.status(), 200U);
        EXPECT_THAT(answer.body, testing::HasSubstr(R"({"jsonrpc":"2.0","id":1,"error":)")) << body;
        EXPECT_THAT(answer.body, testing::HasSubstr(fmt::format("HTTP {}", status))) << body;
    }
}

} // namespace
} // namespace wire
