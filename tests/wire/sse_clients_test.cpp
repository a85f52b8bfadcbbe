// Clients of the HTTP+SSE transport of 2024-11-05: one stream carries everything, each message is a POST of its own.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

namespace wire {
namespace {

// A client of that transport.
class sse_peer {
public:
    explicit sse_peer(std::uint16_t port, std::string token = {})
        : port_(port)
        , token_(std::move(token))
        , stream_(port) {
        stream_.raw().send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" +
                           caller() + "\r\n");
        head_ = stream_.head();
        if (head_.status() == 200) {
            events_.emplace(stream_.events());
            place_ = events_->message()->data;
        }
    }

    [[nodiscard]] const fakes::http_message& head() const { return head_; }
    [[nodiscard]] const std::string& place() const { return place_; }
    [[nodiscard]] std::string next() {
        return events_->message().value_or(fakes::event{.data = "the end"}).data;
    }
    void leave() { stream_.raw().close(); }

    [[nodiscard]] fakes::http_message post(std::string_view body) const {
        return post_to(place_, body, caller());
    }
    [[nodiscard]] fakes::http_message post_to(std::string_view target, std::string_view body,
                                              std::string_view fields) const {
        fakes::http_client out(port_);
        out.raw().send(fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                   "Content-Length: {}\r\n{}\r\n{}",
                                   target, body.size(), fields, body));
        return out.response();
    }

    // Opens the session; gives the response.
    std::string open(std::string_view capabilities = "{}", std::string_view version = "2024-11-05") {
        const auto answer = post(fmt::format(
            R"({{"jsonrpc":"2.0","id":"open","method":"initialize","params":{{"protocolVersion":"{}","capabilities":{},)"
            R"("clientInfo":{{"name":"old","version":"1"}}}}}})",
            version, capabilities));
        EXPECT_EQ(answer.status(), 202U) << answer.body;
        return next();
    }

private:
    [[nodiscard]] std::string caller() const {
        return token_.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", token_);
    }
    std::uint16_t port_;
    std::string token_;
    fakes::http_client stream_;
    fakes::http_message head_{};
    std::optional<fakes::event_reader> events_{};
    std::string place_{};
};

constexpr auto on = [](vmcp::config& settings) { settings.listener.sse = true; };

class sse_clients : public one_backend {
protected:
    // A call of the client that has reached the backend; `opens` its session there.
    fakes::backend_request begin(const sse_peer& c, std::string_view id, bool opens = true) {
        EXPECT_EQ(c.post(tool_call(id, "b_t")).status(), 202U);
        if (opens)
            backend.handshake();
        auto asked = backend.expect("tools/call");
        asked->start_events();
        return asked;
    }
};

TEST_F(sse_clients, are_told_where_to_post_and_are_answered_on_their_stream) {
    start(on);
    sse_peer c(gateway->port());
    ASSERT_EQ(c.head().status(), 200U);
    EXPECT_EQ(c.head().field("content-type"), "text/event-stream");
    EXPECT_TRUE(c.place().starts_with("/messages?sessionId=")) << c.place();
    const auto opened = c.open();
    EXPECT_EQ(vmcp::json_member(vmcp::json_member(opened, "result", 9).raw, "protocolVersion", 9).raw,
              "\"2024-11-05\"");
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").status(), 202U);
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":7,"method":"ping"})").status(), 202U);
    EXPECT_EQ(c.next(), response("7", "{}"));
}

TEST_F(sse_clients, of_newer_revisions_keep_theirs) {
    start(on);
    sse_peer c(gateway->port());
    const auto opened = c.open("{}", "2025-11-25");
    EXPECT_EQ(vmcp::json_member(vmcp::json_member(opened, "result", 9).raw, "protocolVersion", 9).raw,
              "\"2025-11-25\"");
}

TEST_F(sse_clients, call_get_progress_and_the_response_under_their_own_id) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    EXPECT_EQ(c.post(tool_call("\"mine\"", "b_t", "{}", R"({"progressToken":"p"})")).status(), 202U);
    backend.handshake();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        asked->raw("params._meta.progressToken")));
    EXPECT_EQ(
        c.next(),
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}})");
    asked->event(response(asked->id(), R"({"content":[]})"));
    asked->end_events();
    EXPECT_EQ(c.next(), response("\"mine\"", R"({"content":[]})"));
}

TEST_F(sse_clients, answer_questions_while_the_call_runs_and_calls_run_side_by_side) {
    start(on);
    sse_peer c(gateway->port());
    c.open(R"({"sampling":{}})");
    const auto first = begin(c, "1");
    const auto second = begin(c, "2", false);
    first->event(R"({"jsonrpc":"2.0","id":5,"method":"sampling/createMessage","params":{"n":1}})");
    const auto question = c.next();
    EXPECT_EQ(vmcp::json_member(question, "method", 9).raw, "\"sampling/createMessage\"");
    const auto id = std::string(vmcp::json_member(question, "id", 9).raw);
    EXPECT_EQ(c.post(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"ok":true}}}})", id)).status(),
              202U);
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->request.body, R"({"jsonrpc":"2.0","id":5,"result":{"ok":true}})");
    answer->accept();
    second->event(response(second->id(), "{}"));
    EXPECT_EQ(c.next(), response("2", "{}"));
    first->event(response(first->id(), "{}"));
    EXPECT_EQ(c.next(), response("1", "{}"));
}

TEST_F(sse_clients, cancel_their_calls) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    const auto asked = begin(c, "1");
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})").status(),
        202U);
    const auto told = backend.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    told->accept();
    settle();
}

TEST_F(sse_clients, end_with_their_stream) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    const auto asked = begin(c, "1");
    EXPECT_EQ(gateway->sessions(), 1U);
    c.leave();
    EXPECT_TRUE(world::eventually([&] { return gateway->sessions() == 0; }));
    settle();
    const auto late = c.post(R"({"jsonrpc":"2.0","id":9,"method":"ping"})");
    EXPECT_EQ(late.status(), 404U);
    EXPECT_TRUE(late.body.find("\"id\":9") != std::string::npos) << late.body;
}

TEST_F(sse_clients, that_go_before_they_have_a_session_leave_nothing) {
    start(on);
    sse_peer c(gateway->port());
    c.leave();
    EXPECT_TRUE(world::eventually(
        [&] { return c.post(R"({"jsonrpc":"2.0","id":9,"method":"ping"})").status() == 404U; }));
    EXPECT_EQ(gateway->sessions(), 0U);
}

TEST_F(sse_clients, do_not_speak_for_each_other) {
    start(on);
    sse_peer mine(gateway->port(), "ada");
    mine.open();
    const sse_peer other(gateway->port(), "bob");
    const std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    EXPECT_EQ(other.post_to(mine.place(), ping, "Authorization: Bearer bob\r\n").status(), 404U);
    EXPECT_EQ(other.post_to(mine.place(), ping, "Authorization: Bearer bad\r\n").status(), 401U);
    EXPECT_EQ(mine.post(ping).status(), 202U);
}

TEST_F(sse_clients, are_refused_before_they_said_hello_and_when_they_say_it_twice) {
    start(on);
    sse_peer c(gateway->port());
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":1,"method":"ping"})").status(), 400U);
    c.open();
    const auto again = c.post(
        R"({"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},)"
        R"("clientInfo":{"name":"old","version":"1"}}})");
    EXPECT_EQ(again.status(), 400U) << again.body;
    EXPECT_EQ(gateway->sessions(), 1U);
}

TEST_F(sse_clients, send_one_message_at_a_time_and_nothing_else) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    EXPECT_EQ(c.post(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])").status(), 400U);
    EXPECT_EQ(c.post("{").status(), 400U);
    const sse_peer another(gateway->port());
    EXPECT_EQ(another.post_to("/messages", "{}", "").status(), 404U);
    EXPECT_EQ(another.post_to("/messages?sessionId=", "{}", "").status(), 404U);
    fakes::http_client wrong(gateway->port());
    wrong.raw().send("GET /messages HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(wrong.response().status(), 405U);
    EXPECT_EQ(another.post_to("/sse", "{}", "").status(), 405U);
}

TEST_F(sse_clients, hear_of_changed_lists) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    gateway->publish({fakes::tools("b", {"t", "u"})});
    EXPECT_EQ(c.next(), R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
}

TEST_F(sse_clients, finish_their_calls_when_the_gateway_drains) {
    start(on);
    sse_peer c(gateway->port());
    c.open();
    const auto asked = begin(c, "1");
    gateway->drain();
    asked->event(response(asked->id(), "{}"));
    EXPECT_EQ(c.next(), response("1", "{}"));
    EXPECT_EQ(c.next(), "the end");
}

TEST_F(sse_clients, are_not_served_unless_that_is_switched_on) {
    start();
    fakes::http_client c(gateway->port());
    c.raw().send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    const auto refused = c.response();
    EXPECT_EQ(refused.status(), 404U);
    EXPECT_NE(refused.body.find("listener.sse"), std::string::npos) << refused.body;
}

TEST_F(sse_clients, from_foreign_pages_are_turned_away) {
    start(on);
    fakes::http_client c(gateway->port());
    c.raw().send("GET /sse HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nAccept: "
                 "text/event-stream\r\n\r\n");
    EXPECT_EQ(c.response().status(), 403U);
}

} // namespace
} // namespace wire
