// Event streams: what belongs to a request, on its own stream and on others, and how a broken one goes on.
#include "exchange_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace transport::test {
namespace {

// ---- messages

TEST(messages, each_goes_where_it_belongs) {
    struct row {
        std::string text;
        const char* next;
    };
    for (const auto& [text, next] :
         {row{response_to("1"), "deliver reply"}, row{response_to("\"1\""), "deliver reply"},
          row{error_to("1", 5, "e"), "deliver reply"},
          row{R"({"jsonrpc":"2.0","error":{"code":5,"message":"e"}})", "deliver reply"},
          row{response_to("2"), "deliver foreign"}, row{response_to("\"x\""), "read_some"},
          row{progress_of("1"), "deliver progress"}, row{progress_of("\"1\""), "deliver progress"},
          row{progress_of("2"), "deliver foreign"}, row{progress_of("\"x\""), "read_some"},
          row{log_line(), "deliver notification"},
          row{R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})", "deliver notification"},
          row{R"({"jsonrpc":"2.0","method":"made/up"})", "deliver notification"},
          row{question("9"), "deliver question"}, row{question("9", "ping"), "deliver own_question"},
          row{"not JSON", "read_some"}, row{R"({"jsonrpc":"1.0","id":1,"result":{}})", "read_some"}}) {
        exchange_script s;
        s.stream();
        EXPECT_EQ(s.tell("bytes", event(text)), next) << text;
    }
}

TEST(messages, progress_that_nobody_asked_for_is_dropped) {
    auto terms = plain_call();
    terms.wants_progress = false;
    exchange_script s(terms);
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(progress_of("1"))), "read_some");
}

TEST(messages, without_a_client_nobody_is_asked) {
    auto terms = plain_call();
    terms.has_client = false;
    exchange_script s(terms);
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(question("9"))), "deliver own_question");
}

TEST(messages, of_one_read_come_one_after_the_other_and_then_the_rest_of_the_stream_is_read) {
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(log_line()) + event(progress_of("1")) + event(response_to("1"))),
              "deliver notification");
    EXPECT_EQ(s.tell("delivered"), "deliver progress");
    EXPECT_EQ(s.tell("delivered"), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "drain");
    EXPECT_EQ(s.tell("kept"), "finish ok");
}

TEST(messages, of_a_batch_come_one_after_the_other_and_nothing_after_the_response) {
    const auto batch =
        "[" + log_line() + "," + question("7") + "," + response_to("1") + "," + log_line() + "]";
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(200, "json", batch), "deliver notification");
    EXPECT_EQ(s.tell("delivered"), "deliver question");
    EXPECT_EQ(s.tell("not_asked"), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

TEST(messages, of_a_whole_answer_without_the_response_are_delivered_and_then_it_is_a_failure) {
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(200, "json", log_line()), "deliver notification");
    EXPECT_EQ(s.tell("delivered"), "finish backend_protocol");
}

TEST(messages, in_any_fragmentation_are_the_same) {
    const auto bytes = ": hi\r\n\r\nretry: 5\r\n\r\n" + event(log_line(), "a") + "event: other\ndata: x\n\n" +
                       event(response_to("1"), "b");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        exchange_script s;
        s.stream();
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            s.tell("bytes", bytes.substr(at, piece));
            if (s.action() == "deliver notification") {
                seen.push_back(s.action());
                s.tell("delivered");
            }
            if (s.action() == "deliver reply") {
                seen.push_back(s.action());
                break;
            }
            ASSERT_EQ(s.action(), "read_some") << piece;
        }
        EXPECT_EQ(seen, (std::vector<std::string>{"deliver notification", "deliver reply"})) << piece;
    }
}

TEST(messages, too_large_an_event_ends_it) {
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(response_to("1", "\"" + std::string(2000, 'x') + "\""))),
              "finish backend_protocol");
    EXPECT_THAT(s.outcome().why->detail, testing::HasSubstr("larger than 1000 bytes"));
}

TEST(messages, questions_are_bounded_in_number) {
    exchange_script s;
    s.stream();
    for (unsigned i = 0; i < exchange_machine::most_questions; ++i) {
        EXPECT_EQ(s.tell("bytes", event(question(std::to_string(i)))), "deliver question");
        EXPECT_EQ(s.tell("asked"), "read_some");
    }
    EXPECT_EQ(s.tell("bytes", event(question("99"))), "deliver surplus");
    EXPECT_EQ(s.tell("delivered"), "read_some");
    s.machine().question_answered(s.now());
    EXPECT_EQ(s.tell("bytes", event(question("100"))), "deliver question");
}

// ---- a stream that breaks

class resumed : public testing::Test {
protected:
    // A stream that carried an event id, and ended.
    void begin(std::string_view more = "") {
        s.stream();
        EXPECT_EQ(s.tell("bytes", fmt::format("id: e1\n{}data:\n\n", more)), "read_some");
    }
    void reopen(std::string_view from) {
        EXPECT_EQ(s.tell("rested"), "authorize");
        EXPECT_EQ(s.machine().last_event_id(), from);
        EXPECT_EQ(s.tell("authorized"), "connect");
        EXPECT_EQ(s.tell("reused"), "send");
        EXPECT_EQ(s.tell("sent"), "read_head");
    }
    exchange_script s{};
};

TEST_F(resumed, goes_on_where_it_ended_after_the_pause_that_the_backend_asked_for) {
    begin("retry: 250\n");
    EXPECT_EQ(s.tell("end"), "rest 250");
    reopen("e1");
    EXPECT_EQ(s.tell("head 200 sse"), "read_some");
    EXPECT_EQ(s.tell("bytes", event(response_to("1"))), "deliver reply") << "under the id of the request";
    EXPECT_EQ(s.tell("replied"), "drain");
    EXPECT_EQ(s.tell("kept"), "finish ok");
}

TEST_F(resumed, also_after_a_break) {
    begin();
    EXPECT_EQ(s.tell("broken truncated"), "rest 1000");
    reopen("e1");
}

TEST_F(resumed, pauses_are_not_too_short) {
    begin("retry: 0\n");
    EXPECT_EQ(s.tell("end"), "rest 50");
}

TEST_F(resumed, each_time_from_the_last_event) {
    begin("retry: 100\n");
    s.tell("end");
    for (const auto* id : {"e2", "e3"}) {
        reopen(s.machine().last_event_id());
        s.tell("head 200 sse");
        EXPECT_EQ(s.tell("bytes", event(log_line(), id)), "deliver notification");
        EXPECT_EQ(s.tell("delivered"), "read_some");
        EXPECT_EQ(s.tell("end"), "rest 100") << "the pause asked for once holds";
        EXPECT_EQ(s.machine().last_event_id(), id);
    }
    // ... or from the one before, where it brought none.
    reopen("e3");
    s.tell("head 200 sse");
    EXPECT_EQ(s.tell("end"), "rest 100");
    reopen("e3");
}

TEST_F(resumed, ends_after_so_many_in_vain) {
    begin();
    s.tell("end");
    auto in_vain = 1;
    for (; s.action() == "rest 1000"; ++in_vain) {
        reopen("e1");
        s.tell("head 200 sse");
        s.tell("end");
        ASSERT_LT(in_vain, 100);
    }
    EXPECT_EQ(in_vain, exchange_machine::most_in_vain + 1);
    EXPECT_EQ(s.action(), "listen 100");
    EXPECT_EQ(s.tell("rested"), "finish backend_unavailable");
}

TEST_F(resumed, goes_on_for_ever_while_it_brings_something) {
    begin();
    s.tell("end");
    for (int i = 0; i < 5 * exchange_machine::most_in_vain; ++i) {
        ASSERT_EQ(s.action(), "rest 1000");
        reopen("e1");
        s.tell("head 200 sse");
        s.tell("bytes", event(log_line(), "e1"));
        s.tell("delivered");
        s.tell("end");
    }
}

TEST_F(resumed, ends_with_the_time_of_the_request) {
    begin("retry: 60000\n");
    s.pass(1s);
    EXPECT_EQ(s.tell("end"), "rest 29000") << "what is left of 30 s";
    s.pass(29s);
    EXPECT_EQ(s.tell("rested"), "finish backend_timeout abandoned");
}

TEST_F(resumed, does_not_end_while_a_question_is_open) {
    begin("retry: 60000\n");
    s.tell("bytes", event(question("\"q\"")));
    s.tell("asked");
    s.pass(25s);
    EXPECT_EQ(s.tell("end"), "rest 60000");
    s.pass(60s);
    reopen("e1");
}

TEST_F(resumed, is_tried_again_when_it_fails) {
    begin();
    s.tell("end");
    EXPECT_EQ(s.tell("rested"), "authorize");
    EXPECT_EQ(s.tell("authorized"), "connect");
    EXPECT_EQ(s.tell("unreachable"), "rest 1000");
    for (const auto* how : {"broken closed", "broken write_failed", "broken truncated"}) {
        reopen("e1");
        EXPECT_THAT(s.tell(how), testing::EndsWith("rest 1000"))
            << how << ": the request itself is not sent again";
    }
    reopen("e1");
    EXPECT_EQ(s.answer(405, "none", ""), "rest 1000");
    reopen("e1");
    EXPECT_EQ(s.answer(401, "none", ""), "renew");
    EXPECT_EQ(s.tell("renewed yes"), "authorize") << "of the GET, not of the request";
    EXPECT_EQ(s.tell("authorized"), "connect");
}

TEST_F(resumed, without_ids_there_is_nothing_to_resume) {
    s.stream();
    s.tell("bytes", event(log_line()));
    s.tell("delivered");
    EXPECT_EQ(s.tell("end"), "listen 100");
    EXPECT_EQ(s.tell("rested"), "finish backend_unavailable");
    EXPECT_THAT(s.outcome().why->detail, testing::HasSubstr("ended its answer without the response"));
}

// ---- two streams

TEST(elsewhere, messages_are_taken_in_every_wait_and_the_wait_goes_on) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> waits{
        {{}, "read_head"},
        {{"head 200 json"}, "read_body"},
        {{"head 200 sse"}, "read_some"},
        {{"head 200 sse", "broken truncated"}, "listen 100"}};
    for (const auto& [inputs, wait] : waits) {
        exchange_script s;
        s.send().tell_all(inputs);
        ASSERT_EQ(s.action(), wait);
        EXPECT_EQ(s.tell("elsewhere", progress_of("1")), "deliver progress") << wait;
        EXPECT_EQ(s.tell("delivered"), wait);
        EXPECT_EQ(s.tell("elsewhere", question("\"q\"")), "deliver question") << wait;
        EXPECT_EQ(s.tell("asked"), wait);
        EXPECT_EQ(s.tell("elsewhere", response_to("2")), wait) << "of another request";
        EXPECT_EQ(s.tell("elsewhere", R"({"jsonrpc":"2.0","error":{"code":1,"message":"m"}})"), wait)
            << "of no request in particular";
        EXPECT_EQ(s.tell("elsewhere", response_to("1")), "deliver reply") << wait;
        EXPECT_EQ(s.tell("replied"), "finish ok") << "whatever its own stream is doing";
    }
}

TEST(elsewhere, a_response_ends_the_pause_before_a_resumption) {
    exchange_script s;
    s.stream();
    s.tell("bytes", "id: e\nretry: 20000\ndata:\n\n");
    EXPECT_EQ(s.tell("end"), "rest 20000");
    EXPECT_EQ(s.tell("elsewhere", progress_of("1")), "deliver progress");
    EXPECT_EQ(s.tell("delivered"), "rest 20000");
    EXPECT_EQ(s.tell("elsewhere", response_to("1")), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

// Whatever comes first on whichever stream, one response is delivered and the rest has no effect.
TEST(elsewhere, in_every_order_the_client_gets_one_reply) {
    std::vector<std::string> events{"own response", "other response", "own end", "other progress"};
    std::ranges::sort(events);
    do {
        exchange_script s;
        s.stream();
        int replies = 0;
        const auto settle = [&] {
            for (;;) {
                if (s.action() == "deliver reply") {
                    ++replies;
                    s.tell("replied");
                } else if (s.action().starts_with("deliver")) {
                    s.tell("delivered");
                } else if (s.action() == "drain") {
                    s.tell("kept");
                } else {
                    return;
                }
            }
        };
        for (const auto& one : events) {
            if (s.action().starts_with("finish"))
                break; // the shell asks and tells nothing any more
            if (one == "own response" && s.action() == "read_some")
                s.tell("bytes", event(response_to("1")));
            else if (one == "own end" && s.action() == "read_some")
                s.tell("end");
            else if (one == "other response")
                s.tell("elsewhere", response_to("1"));
            else if (one == "other progress")
                s.tell("elsewhere", progress_of("1"));
            settle();
        }
        EXPECT_EQ(replies, 1) << testing::PrintToString(events);
        EXPECT_EQ(s.action(), "finish ok") << testing::PrintToString(events);
    } while (std::ranges::next_permutation(events).found);
}

} // namespace
} // namespace transport::test
