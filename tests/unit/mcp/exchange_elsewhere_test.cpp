// Requests that are accepted here and answered on another stream, as all are over HTTP+SSE (MCP 2024-11-05).
#include "exchange_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::test {
namespace {

exchange_terms call_over_sse() {
    auto out = plain_call();
    out.answered_elsewhere = true;
    return out;
}

TEST(answered_elsewhere, a_request_that_was_accepted_waits_for_its_response) {
    for (const unsigned status : {200U, 202U, 204U}) {
        exchange_script s(call_over_sse());
        s.send();
        EXPECT_EQ(s.answer(status, "none", "Accepted"), "read_some") << status;
        EXPECT_EQ(s.tell("elsewhere", progress_of(s.id())), "deliver progress");
        EXPECT_EQ(s.tell("delivered"), "read_some");
        EXPECT_EQ(s.tell("elsewhere", response_to(s.id())), "deliver reply");
        EXPECT_EQ(s.tell("replied"), "finish ok");
    }
}

TEST(answered_elsewhere, the_response_may_come_before_the_status) {
    exchange_script s(call_over_sse());
    EXPECT_EQ(s.send().action(), "read_head");
    EXPECT_EQ(s.tell("elsewhere", response_to(s.id())), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

TEST(answered_elsewhere, a_response_that_is_here_all_the_same_counts) {
    exchange_script s(call_over_sse());
    s.send();
    EXPECT_EQ(s.answer(200, "json", response_to("1")), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

TEST(answered_elsewhere, an_event_stream_in_the_answer_is_not_read) {
    exchange_script s(call_over_sse());
    s.send();
    EXPECT_EQ(s.tell("head 200 sse"), "read_body");
}

TEST(answered_elsewhere, a_refusal_is_one) {
    exchange_script s(call_over_sse());
    s.send();
    EXPECT_EQ(s.answer(500, "none", "broken"), "finish backend_unavailable");
    exchange_script other(call_over_sse());
    other.send();
    EXPECT_EQ(other.answer(401, "none", ""), "renew");
    EXPECT_EQ(other.tell("renewed no"), "finish backend_unauthorized");
}

TEST(answered_elsewhere, what_refuses_its_stream_is_no_answer_to_it) {
    auto terms = call_over_sse();
    terms.session = session_use::none;
    const call_facts facts{.status = 400, .address = "host:1", .body = error_to("1", -32000, "no")};
    exchange_script s(terms);
    s.tell_all({"begun", "authorized"});
    EXPECT_EQ(s.machine().refused_before("the GET was refused", facts).what, exchange_action::kind::finish);
    EXPECT_EQ(s.outcome().why->detail, "the GET was refused");
    EXPECT_EQ(s.outcome().met.status, 400U);
    EXPECT_EQ(s.outcome().met.body, facts.body);
}

TEST(answered_elsewhere, a_stream_that_wants_another_credential_is_asked_for_with_one_once) {
    auto terms = call_over_sse();
    terms.session = session_use::none;
    const call_facts facts{.status = 401, .address = "host:1", .body = response_to("1")};
    exchange_script s(terms);
    s.tell_all({"begun", "authorized"});
    EXPECT_EQ(s.machine().refused_before("refused", facts).what, exchange_action::kind::renew);
    EXPECT_EQ(s.tell("renewed yes"), "begin");
    s.tell_all({"begun", "authorized"});
    EXPECT_EQ(s.machine().refused_before("refused again", facts).what, exchange_action::kind::finish);
    EXPECT_EQ(s.outcome().why->code, vmcp::errc::backend_unauthorized);
    EXPECT_EQ(s.outcome().why->detail, "refused again");
    EXPECT_EQ(s.outcome().met.status, 401U);
}

TEST(answered_elsewhere, a_session_that_is_unknown_is_made_anew) {
    exchange_script s(call_over_sse());
    s.send();
    EXPECT_EQ(s.answer(404, "none", "Session not found"), "get_session lost");
    s.send();
    EXPECT_EQ(s.answer(202, "none", ""), "read_some");
}

TEST(answered_elsewhere, when_the_stream_ends_only_what_changes_nothing_is_sent_again) {
    exchange_script s(call_over_sse());
    s.send("connected");
    s.answer(202, "none", "");
    EXPECT_EQ(s.tell("broken closed"), "finish backend_unavailable");
    auto terms = repeatable_call();
    terms.answered_elsewhere = true;
    exchange_script other(terms);
    other.send("connected");
    other.answer(202, "none", "");
    EXPECT_EQ(other.tell("broken closed"), "get_session");
}

TEST(answered_elsewhere, when_nothing_comes_in_time_the_backend_is_told) {
    exchange_script s(call_over_sse());
    s.send("connected");
    s.answer(202, "none", "");
    EXPECT_EQ(s.tell("expired"), "finish backend_timeout abandoned");
}

} // namespace
} // namespace transport::test
