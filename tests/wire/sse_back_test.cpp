// Backends of the HTTP+SSE transport of 2024-11-05: where messages go, what comes on the stream, and how sessions are lost.
#include "tests/wire/back_world.hpp"
#include "transport/mcp/sse_back/sse_carrier.hpp"

#include <fmt/format.h>

namespace wire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Path and query of a request.
std::string target_of(const fakes::backend_request& asked) {
    const auto& line = asked->request.start;
    const auto begin = line.find(' ') + 1;
    return line.substr(begin, line.find(' ', begin) - begin);
}

class sse_back : public back_world {
protected:
    void prepare(transport::backend_context& context) override {
        context.make_carrier = [this](transport::session_core& session) {
            return std::make_shared<transport::sse_carrier>(session, patience);
        };
    }

    // Takes the GET of a stream, and says where messages go.
    fakes::backend_request open(std::string_view endpoint = "/messages?id=1") {
        auto stream = server.expect("GET");
        EXPECT_EQ(stream->request.field("accept"), "text/event-stream");
        stream->start_events();
        if (!endpoint.empty())
            stream->piece(fmt::format("event: endpoint\ndata: {}\n\n", endpoint));
        return stream;
    }
    static void respond(const fakes::backend_request& stream, const std::string& id,
                        std::string_view result = "{}") {
        stream->event(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result));
    }
    void shake_hands(const fakes::backend_request& stream, std::string_view target = "/messages?id=1") {
        const auto hello = server.expect("initialize");
        EXPECT_EQ(target_of(hello), target);
        hello->accept();
        respond(
            stream, hello->id(),
            R"({"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}})");
        const auto confirmed = server.expect("notifications/initialized");
        EXPECT_EQ(target_of(confirmed), target);
        confirmed->accept();
    }
    // A call that is answered over a new session.
    fakes::backend_request warm_up(const std::shared_ptr<vmcp::live_session>& in) {
        auto called = call("ada", in);
        auto stream = open();
        shake_hands(stream);
        const auto asked = server.expect("tools/call");
        EXPECT_EQ(target_of(asked), "/messages?id=1");
        asked->accept();
        respond(stream, asked->id());
        EXPECT_FALSE(get(std::move(called)).why);
        return stream;
    }
    // Why a call fails whose session cannot be opened.
    std::string refusal(std::future<heard> called) {
        const auto out = get(std::move(called));
        return out.why ? out.why->message() : std::string("it did not fail");
    }

    transport::sse_patience patience = transport::sse_patience::none;
};

TEST_F(sse_back, one_stream_and_one_handshake_serve_all_calls_of_a_session) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    const auto asked = server.expect("tools/call");
    asked->answer(200, "");
    respond(stream, asked->id(), R"({"n":2})");
    EXPECT_THAT(get(std::move(called)).reply, HasSubstr(R"({"n":2})"));
    EXPECT_FALSE(server.has("GET", 50ms));
    EXPECT_FALSE(server.has("initialize"));
}

TEST_F(sse_back, each_client_has_a_stream_of_its_own) {
    start();
    warm_up(session("ada"));
    const auto bob = session("bob");
    auto called = call("bob", bob);
    const auto stream = open("/messages?id=2");
    shake_hands(stream, "/messages?id=2");
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(target_of(asked), "/messages?id=2");
    asked->accept();
    respond(stream, asked->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, an_answer_may_come_before_its_request_is_accepted) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    const auto asked = server.expect("tools/call");
    respond(stream, asked->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, progress_and_garbage_between) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call(
        "ada", ada,
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"progressToken":"p"}}})");
    const auto asked = server.expect("tools/call");
    asked->accept();
    stream->piece("data: no JSON\n\nevent: ping\ndata: x\n\n: comment\n\n");
    stream->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        asked->raw("params._meta.progressToken")));
    respond(stream, asked->id());
    const auto out = get(std::move(called));
    EXPECT_FALSE(out.why);
    ASSERT_EQ(out.notifications.size(), 1U);
    EXPECT_THAT(out.notifications[0], HasSubstr(R"("progressToken":"p")"));
}

TEST_F(sse_back, nothing_is_sent_to_an_endpoint_of_another_origin) {
    start();
    auto called = call("ada", session("ada"));
    open("http://127.0.0.2:1/messages");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("its endpoint event leads to another origin"));
    EXPECT_FALSE(server.has("initialize", 50ms));
}

TEST_F(sse_back, a_stream_without_an_endpoint_is_given_up_in_time) {
    start(session_mode::dedicated, [](auto& config) { config.timeout = 300ms; });
    auto called = call("ada", session("ada"));
    const auto stream = open("");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("time"));
    EXPECT_FALSE(server.has("initialize", 50ms));
}

TEST_F(sse_back, an_endpoint_that_comes_late_counts) {
    start();
    auto called = call("ada", session("ada"));
    const auto stream = open("");
    EXPECT_FALSE(server.has("initialize", 100ms));
    stream->piece("event: endpoint\ndata: /messages?id=1\n\n");
    shake_hands(stream);
    const auto asked = server.expect("tools/call");
    asked->accept();
    respond(stream, asked->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, what_is_no_stream_is_refused_with_status_and_first_bytes) {
    start();
    auto called = call("ada", session("ada"));
    server.expect("GET")->answer(405, R"({"no":"GET"})");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("HTTP 405"));
    EXPECT_EQ(guard->last_met().status, 405U);
    EXPECT_THAT(guard->last_met().body, HasSubstr("no"));
    called = call("ada", session("ada"));
    server.expect("GET")->answer(400, "");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("HTTP 400"));
    EXPECT_FALSE(server.has("GET", 50ms)) << "it was asked for a stream, and not for a revision";
    called = call("ada", session("ada"));
    server.expect("GET")->answer(200, "{}");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("'application/json' in place of an event stream"));
    EXPECT_FALSE(server.has("initialize", 50ms));
}

TEST_F(sse_back, what_refuses_the_stream_is_no_answer_to_the_handshake) {
    start();
    for (const std::string_view body :
         {R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: no session"},"id":null})",
          R"({"jsonrpc":"2.0","result":{"protocolVersion":"2024-11-05"}})"}) {
        auto called = call("ada", session("ada"));
        server.expect("GET")->answer(400, body);
        EXPECT_THAT(refusal(std::move(called)),
                    HasSubstr("answered the GET for its event stream with HTTP 400"));
        const auto met = guard->last_met();
        EXPECT_EQ(met.status, 400U);
        EXPECT_EQ(met.body, body);
        EXPECT_THAT(met.address, HasSubstr("127.0.0.1:"));
        EXPECT_EQ(met.method, "the GET for its event stream");
    }
    EXPECT_FALSE(server.has("GET", 50ms));
}

TEST_F(sse_back, one_refusal_does_not_end_the_stream_of_others) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto slow = call("ada", ada);
    const auto first = server.expect("tools/call");
    first->accept();
    auto called = call("ada", ada);
    server.expect("tools/call")->answer(400, "the session field of your form is wrong");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("HTTP 400"));
    called = call("ada", ada);
    server.expect("tools/call")->answer(404, "");
    server.expect("tools/call")->answer(404, "");
    EXPECT_NE(refusal(std::move(called)), "it did not fail");
    EXPECT_FALSE(server.has("GET", 50ms));
    respond(stream, first->id());
    EXPECT_FALSE(get(std::move(slow)).why);
}

TEST_F(sse_back, a_handshake_that_fails_leaves_no_stream) {
    start();
    const auto ada = session("ada");
    auto called = call("ada", ada);
    const auto stream = open();
    server.expect("initialize")->answer(500, "");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("HTTP 500"));
    EXPECT_TRUE(fakes::world::eventually([&] {
        (void)server.has("nothing");
        return !stream->connection().is_open();
    }));
}

TEST_F(sse_back, a_stream_that_ends_before_a_message_is_accepted_fails_it_at_once) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    const auto asked = server.expect("tools/call"); // and says nothing to it
    stream->close();
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("ended its event stream"));
    warm_up(ada);
}

TEST_F(sse_back, a_stream_that_is_cut_in_a_call_fails_it_and_the_next_has_another) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    server.expect("tools/call")->accept();
    stream->close();
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("ended its event stream"));
    EXPECT_FALSE(server.has("tools/call", 50ms)) << "it may have been executed";
    warm_up(ada);
}

TEST_F(sse_back, a_restart_is_not_noticed_by_who_only_asks) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called =
        call("ada", ada, R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}})", true);
    server.expect("prompts/get")->accept();
    stream->close();
    const auto next = open("/messages?id=9");
    shake_hands(next, "/messages?id=9");
    const auto again = server.expect("prompts/get");
    again->accept();
    respond(next, again->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, a_session_that_the_backend_does_not_know_is_opened_again_for_the_call) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    server.expect("tools/call")->answer(404, "");
    const auto next = open("/messages?id=9");
    shake_hands(next, "/messages?id=9");
    const auto again = server.expect("tools/call");
    EXPECT_EQ(target_of(again), "/messages?id=9");
    again->accept();
    respond(next, again->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, a_message_that_is_refused_fails_alone) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    auto called = call("ada", ada);
    server.expect("tools/call")->answer(500, "");
    EXPECT_THAT(refusal(std::move(called)), HasSubstr("HTTP 500"));
    called = call("ada", ada);
    const auto asked = server.expect("tools/call");
    asked->accept();
    respond(stream, asked->id());
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(sse_back, a_cancelled_call_is_told_to_the_backend) {
    start();
    const auto ada = session("ada");
    warm_up(ada);
    auto called = call("ada", ada);
    const auto asked = server.expect("tools/call");
    asked->accept();
    w.call([&] { latest->cancel({}); });
    EXPECT_EQ(get(std::move(called)).why->code, vmcp::errc::cancelled);
    const auto told = server.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    EXPECT_EQ(target_of(told), "/messages?id=1");
    told->accept();
}

TEST_F(sse_back, the_stream_ends_with_the_session) {
    start();
    const auto ada = session("ada");
    const auto stream = warm_up(ada);
    w.call([&] { ada->close(); });
    EXPECT_TRUE(fakes::world::eventually([&] {
        (void)server.has("nothing");
        return !stream->connection().is_open();
    }));
    EXPECT_FALSE(server.has("DELETE", 50ms));
}

} // namespace
} // namespace wire
