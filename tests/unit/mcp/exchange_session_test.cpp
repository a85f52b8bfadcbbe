// A backend that does not know the session: when a request may be sent again in a new one.
#include "exchange_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::test {
namespace {

struct way {
    unsigned status;
    const char* type;
    std::string body;
};

class lost : public testing::TestWithParam<way> {};

TEST_P(lost, the_request_is_sent_again_in_a_new_session) {
    const auto& [status, type, body] = GetParam();
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(status, type, body), "get_session lost");
    EXPECT_EQ(s.tell("session"), "begin");
    s.tell_all({"begun", "authorized", "reused", "sent"});
    EXPECT_EQ(s.answer(200, "json", response_to("2")), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

TEST_P(lost, but_only_once) {
    const auto& [status, type, body] = GetParam();
    exchange_script s;
    s.send();
    s.answer(status, type, body);
    s.tell_all({"session", "begun", "authorized", "reused", "sent"});
    const auto last = s.answer(status, type, body);
    EXPECT_THAT(
        last, testing::AnyOf("finish backend_session_lost lost", "deliver reply", "finish backend_protocol"))
        << "an error that can be relayed is, and one under another id is no answer";
}

TEST_P(lost, of_a_handshake_that_is_not_over_is_its_failure) {
    const auto& [status, type, body] = GetParam();
    auto terms = repeatable_call();
    terms.session = session_use::given;
    exchange_script s(terms);
    EXPECT_EQ(s.action(), "get_session");
    s.send();
    EXPECT_EQ(s.answer(status, type, body), "finish backend_session_lost lost");
}

TEST_P(lost, cannot_be_where_there_is_no_id) {
    const auto& [status, type, body] = GetParam();
    exchange_script s;
    s.tell_all({"session without id", "begun", "authorized", "reused", "sent"});
    auto next = s.answer(status, type, body);
    if (next == "renew")
        next = s.tell("renewed no");
    EXPECT_THAT(next, testing::Not(testing::HasSubstr("lost")));
}

INSTANTIATE_TEST_SUITE_P(
    ways, lost,
    testing::Values(way{404, "none", ""}, way{404, "html", "Session not found"},
                    way{404, "json", R"({"error":"x"})"},
                    way{404, "json", error_to("null", -32001, "Session not found")}, way{410, "none", "Gone"},
                    way{400, "json", error_to("null", -32000, "Bad Request: No valid session ID provided")},
                    way{400, "html", "Bad Request: Server not initialized"},
                    way{401, "html", "invalid session"}, way{503, "html", "SESSION expired"},
                    way{200, "json", error_to("0", -32600, "Session not found")},
                    way{200, "json", error_to("0", -32001, "Session expired")},
                    way{404, "json", error_to("1", -32001, "Session not found")}));

TEST(lost_by_event, an_event_stream_may_say_it_first) {
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(error_to("1", -32001, "Session not found"))), "get_session lost");
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(error_to("2", -32001, "Session not found"))), "deliver reply")
        << "the new session says so too: it is the answer";
}

TEST(lost_by_event, a_priming_event_is_nothing_that_was_begun) {
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", "id: 1\ndata:\n\n"), "read_some");
    EXPECT_EQ(s.tell("bytes", event(error_to("1", -32001, "Session not found"))), "get_session lost");
}

TEST(lost_by_event, what_has_begun_is_not_repeated) {
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(log_line())), "deliver notification");
    EXPECT_EQ(s.tell("delivered"), "read_some");
    EXPECT_EQ(s.tell("bytes", event(error_to("1", -32001, "Session not found"))), "deliver reply");
}

TEST(lost_by_event, in_the_words_of_other_servers) {
    for (const auto& error : {error_to("null", -32000, "Bad Request: No valid session ID provided"),
                              error_to("1", -32600, "Session not found"),
                              "\xEF\xBB\xBF" + error_to("1", -32001, "Session not found")}) {
        exchange_script s;
        s.stream();
        EXPECT_EQ(s.tell("bytes", event(error)), "get_session lost") << error;
    }
    exchange_script s;
    s.stream();
    EXPECT_EQ(s.tell("bytes", event(error_to("1", -32000, "Session not found"))), "deliver reply")
        << "what the application says of its own sessions";
}

TEST(lost_by_event, it_may_lack_its_empty_line) {
    exchange_script s;
    s.send().tell("head 200 sse framed");
    EXPECT_EQ(s.tell("bytes", "data: " + error_to("1", -32001, "Session not found")), "read_some");
    EXPECT_EQ(s.tell("end"), "get_session lost");
}

// Of a session that the backend does not call unknown in so many words there may be something left.
TEST(lost_session_rules, is_ended_where_the_backend_may_keep_it) {
    for (const auto& [status, body, gone] : {std::tuple<unsigned, std::string, bool>{404, "", true},
                                             {410, "", true},
                                             {400, "No valid session ID", false},
                                             {401, "session expired", false},
                                             {200, error_to("null", -32001, "Session not found"), false}}) {
        exchange_script s;
        s.send();
        EXPECT_EQ(s.answer(status, "json", body), "get_session lost");
        EXPECT_EQ(s.last().gone, gone) << status;
    }
}

TEST(not_lost, errors_that_have_nothing_to_do_with_sessions) {
    for (const auto& [status, type, body] :
         {way{400, "json", error_to("null", -32602, "no")},
          way{404, "json", error_to("null", -32601, "Method not found")}, way{503, "html", "overloaded"},
          way{500, "html", "Session not found"}, way{200, "json", error_to("null", -32001, "timeout")},
          way{404, "json", error_to("1", -32002, "no such file")}}) {
        exchange_script s;
        s.send();
        EXPECT_THAT(s.answer(status, type, body), testing::Not(testing::HasSubstr("lost"))) << status << body;
    }
    exchange_script unauthorized;
    unauthorized.send();
    EXPECT_EQ(unauthorized.answer(401, "html", "who are you"), "renew");
}

// ---- what this gateway lacks

TEST(exchange_shortage, is_no_failure_of_the_backend) {
    exchange_machine machine(
        {.method = "tools/call", .deadline = steady_clock::now() + std::chrono::hours(1)});
    (void)machine.start();
    (void)machine.session_ready(true);
    (void)machine.begun(1);
    (void)machine.authorized({});
    const auto end = machine.connect_failed({.ec = boost::asio::error::no_descriptors, .address = "b:80"},
                                            steady_clock::now());
    EXPECT_EQ(end.what, exchange_action::kind::finish);
    ASSERT_TRUE(machine.outcome().why);
    EXPECT_EQ(machine.outcome().why->code, vmcp::errc::io);
    EXPECT_EQ(machine.outcome().why->detail,
              "this gateway has run out of descriptors (Too many open files): b:80 was not asked");
    EXPECT_FALSE(machine.outcome().abandoned);
}

} // namespace
} // namespace transport::test
