// A request on its way: what is asked for, when it is sent again, and what whole answers mean.
#include "exchange_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(exchange_machine, the_usual_way) {
    exchange_script s;
    EXPECT_EQ(s.action(), "get_session");
    EXPECT_EQ(s.tell("session"), "begin");
    EXPECT_EQ(s.tell("begun"), "authorize");
    EXPECT_EQ(s.tell("authorized"), "connect");
    EXPECT_EQ(s.tell("reused"), "send");
    EXPECT_EQ(s.tell("sent"), "read_head");
    EXPECT_EQ(s.tell("head 200 json"), "read_body");
    EXPECT_EQ(s.tell("body", response_to("1", "7")), "keep")
        << "before the client is written to, which may take long";
    EXPECT_EQ(s.tell("kept"), "deliver reply");
    EXPECT_EQ(s.machine().message().result.raw, "7");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

TEST(exchange_machine, of_a_handshake_needs_no_session_and_learns_its_id) {
    auto terms = repeatable_call();
    terms.session = session_use::none;
    exchange_script s(terms);
    EXPECT_EQ(s.action(), "begin");
    s.tell_all({"begun", "authorized", "connected", "sent"});
    EXPECT_EQ(s.answer(200, "json", response_to("1")), "deliver reply");
    EXPECT_EQ(s.machine().new_session_id(), "given");
    exchange_script in_session;
    in_session.send().answer(200, "json", response_to("1"));
    EXPECT_EQ(in_session.machine().new_session_id(), "") << "it has one already";
}

TEST(exchange_machine, ends_without_a_session_or_a_credential) {
    exchange_script no_session;
    EXPECT_EQ(no_session.tell("no_session"), "finish backend_unavailable");
    EXPECT_EQ(no_session.outcome().met.address, "of it");
    exchange_script no_credential;
    no_credential.tell_all({"session", "begun"});
    EXPECT_EQ(no_credential.tell("unauthorized"), "finish backend_unauthorized");
}

TEST(exchange_machine, ends_when_nothing_can_be_connected_to) {
    exchange_script s;
    s.tell_all({"session", "begun", "authorized"});
    EXPECT_EQ(s.tell("unreachable"), "finish backend_unavailable");
    EXPECT_TRUE(s.outcome().met.connecting);
    EXPECT_EQ(s.outcome().met.address, "host:1");
    exchange_script late;
    late.tell_all({"session", "begun", "authorized"});
    EXPECT_EQ(late.tell("connect_timeout"), "finish backend_timeout")
        << "nothing was sent that it could be told of";
}

// ---- sent again

struct break_row {
    const char* how;
    bool reused;
    bool repeatable;
    const char* before_the_answer; // action when it breaks while it is written or the head is waited for
};

class breaks : public testing::TestWithParam<break_row> {};

TEST_P(breaks, before_an_answer) {
    const auto& row = GetParam();
    exchange_script s(row.repeatable ? repeatable_call() : plain_call());
    s.send(row.reused ? "reused" : "connected");
    EXPECT_EQ(s.tell(std::string("broken ") + row.how), row.before_the_answer);
}

INSTANTIATE_TEST_SUITE_P(
    table, breaks,
    testing::Values(
        // Not all of it was written: it cannot have been executed.
        break_row{"write_failed", true, false, "distrust, get_session"},
        break_row{"write_failed", false, false, "get_session"},
        break_row{"write_failed", true, true, "distrust, get_session"},
        // Closed before an answer: only what changes nothing, and only where the connection had been idle.
        break_row{"closed", true, false, "distrust, finish backend_unavailable"},
        break_row{"closed", true, true, "distrust, get_session"},
        break_row{"closed", false, true, "finish backend_unavailable"},
        break_row{"closed", false, false, "finish backend_unavailable"},
        // It was taken, or is no HTTP, or is our own doing.
        break_row{"truncated", true, true, "listen 100"},
        break_row{"malformed", true, true, "finish backend_protocol"},
        break_row{"too_large", true, true, "finish backend_protocol"},
        break_row{"cancelled", true, true, "finish backend_unavailable"},
        break_row{"timeout", true, true, "distrust, finish backend_timeout abandoned"},
        break_row{"timeout", false, true, "finish backend_timeout abandoned"},
        break_row{"not_sent", true, true, "finish internal"}));

TEST(exchange_machine, is_sent_again_once_and_over_a_new_connection_under_a_new_id) {
    for (const auto* how : {"broken write_failed", "broken closed"}) {
        exchange_script s(repeatable_call());
        s.send();
        EXPECT_EQ(s.tell(how), "distrust, get_session");
        s.tell_all({"session", "begun"});
        EXPECT_EQ(s.tell("authorized"), "connect fresh");
        s.tell_all({"connected", "sent"});
        EXPECT_EQ(s.tell(how), "finish backend_unavailable");
        EXPECT_EQ(s.outcome().why->detail, "it broke");
        EXPECT_EQ(s.outcome().met.method, "prompts/get");
    }
    exchange_script s(repeatable_call());
    s.send().tell("broken closed");
    s.tell_all({"session", "begun", "authorized", "connected", "sent"});
    EXPECT_EQ(s.answer(200, "json", response_to("1")), "finish backend_protocol")
        << "the id of the first attempt";
}

TEST(exchange_machine, is_not_sent_again_once_the_answer_has_begun) {
    exchange_script s(repeatable_call());
    s.send().tell("head 200 json");
    EXPECT_EQ(s.tell("broken truncated"), "listen 100");
    EXPECT_EQ(s.tell("rested"), "finish backend_unavailable");
}

// ---- whole answers

TEST(exchange_machine, error_statuses_say_what_they_are) {
    struct row {
        unsigned status;
        const char* type;
        const char* body;
        const char* end;
    };
    for (const auto& [status, type, body, end] :
         {row{403, "none", "no", "finish backend_unauthorized"},
          row{429, "none", "slow down", "finish backend_overloaded"},
          row{500, "html", "<h1>", "finish backend_unavailable"},
          row{503, "json", "{}", "finish backend_unavailable"},
          row{400, "json", "what", "finish backend_protocol"},
          row{418, "none", "", "finish backend_protocol"}, row{202, "none", "", "finish backend_protocol"},
          row{200, "html", "<html>", "finish backend_protocol"},
          row{200, "json", "[]", "finish backend_protocol"},
          row{200, "none", "", "finish backend_protocol"}}) {
        exchange_script s;
        s.send();
        EXPECT_EQ(s.answer(status, type, body), end) << status;
        EXPECT_THAT(s.outcome().why->detail, HasSubstr(fmt::format("host:1 answered HTTP {}", status)));
        EXPECT_EQ(s.outcome().met.words, body) << "apart: not every client may read them";
        if (std::string_view(body).size() > 1)
            EXPECT_THAT(s.outcome().why->message(), Not(HasSubstr(body)));
        EXPECT_EQ(s.outcome().met.status, status);
        EXPECT_EQ(s.outcome().met.address, "host:1");
        EXPECT_EQ(s.outcome().met.method, "tools/call");
        EXPECT_EQ(s.outcome().met.body, body);
    }
}

TEST(exchange_machine, a_redirect_within_the_origin_is_followed_once) {
    exchange_script s;
    s.send();
    s.tell("head 307 none /mcp/");
    EXPECT_EQ(s.tell("body"), "keep");
    EXPECT_EQ(s.tell("kept"), "authorize") << "the same request, under the same id";
    EXPECT_EQ(s.machine().moved_to(), "/mcp/");
    s.tell_all({"authorized", "reused", "sent"});
    EXPECT_EQ(s.answer(200, "json", response_to("1")), "deliver reply");

    exchange_script twice;
    twice.send();
    twice.tell("head 308 none /a");
    twice.tell_all({"body", "kept", "authorized", "reused", "sent"});
    twice.tell("head 307 none /b");
    EXPECT_EQ(twice.tell_all({"body", "kept"}), "finish backend_protocol");
    EXPECT_THAT(twice.outcome().why->detail, HasSubstr("redirects again (HTTP 307)"));
}

TEST(exchange_machine, a_session_lost_behind_a_redirect_is_established_again) {
    exchange_script s;
    s.send();
    s.tell("head 307 none /mcp/");
    s.tell_all({"body", "kept", "authorized", "reused", "sent"});
    EXPECT_EQ(s.answer(404, "none", ""), "get_session lost");
    EXPECT_EQ(s.machine().moved_to(), "/mcp/");
}

TEST(exchange_machine, takes_no_idle_connection_where_none_is_wanted) {
    auto terms = repeatable_call();
    terms.fresh = true;
    exchange_script s(terms);
    s.tell_all({"session", "begun"});
    EXPECT_EQ(s.tell("authorized"), "connect fresh");
}

TEST(exchange_machine, every_success_may_hold_the_answer) {
    for (const auto status : {200U, 201U, 202U}) {
        exchange_script s;
        s.send();
        EXPECT_EQ(s.answer(status, "json", response_to("1")), "deliver reply") << status;
    }
}

TEST(exchange_machine, a_byte_order_mark_before_json_is_no_part_of_it) {
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(200, "json", "\xEF\xBB\xBF" + response_to("1")), "deliver reply");
    EXPECT_EQ(s.machine().message().whole, response_to("1"));
    exchange_script stream;
    stream.stream();
    EXPECT_EQ(stream.tell("bytes", "\xEF\xBB\xBF" + event("\xEF\xBB\xBF" + response_to("1"))),
              "deliver reply");
}

TEST(exchange_machine, the_last_event_may_lack_its_empty_line_where_the_stream_was_not_cut) {
    for (const auto* end : {"\n", "\r\n", "", "\nid: 7"}) {
        exchange_script s;
        s.send().tell("head 200 sse framed");
        EXPECT_EQ(s.tell("bytes", event(log_line()) + "data: " + response_to("1") + end),
                  "deliver notification");
        EXPECT_EQ(s.tell("delivered"), "read_some");
        EXPECT_EQ(s.tell("end"), "deliver reply") << end;
        EXPECT_EQ(s.tell("replied"), "drain");
    }
    exchange_script cut;
    cut.stream();
    EXPECT_EQ(cut.tell("bytes", "data: " + response_to("1") + "\n"), "read_some");
    EXPECT_THAT(cut.tell("end"), testing::StartsWith("listen")) << "it may go on";
    exchange_script notification;
    notification.send().tell("head 200 sse framed");
    EXPECT_EQ(notification.tell("bytes", "data: " + log_line()), "read_some");
    EXPECT_EQ(notification.tell("end"), "deliver notification");
    EXPECT_EQ(notification.tell("delivered"), "read_some");
    EXPECT_THAT(notification.tell("end"), testing::StartsWith("listen")) << "given once";
    exchange_script half;
    half.send().tell("head 200 sse framed");
    EXPECT_EQ(half.tell("bytes", R"(data: {"jsonrpc":"2.0","id":1,)"), "read_some");
    EXPECT_THAT(half.tell("end"), testing::StartsWith("listen")) << "no message";
}

TEST(exchange_machine, other_redirects_are_named_and_not_followed) {
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(307, "none", ""), "finish backend_protocol");
    EXPECT_THAT(s.outcome().why->detail, HasSubstr("redirects (HTTP 307)"));
    EXPECT_THAT(s.outcome().why->detail, Not(HasSubstr("else.where")));
    EXPECT_EQ(s.outcome().met.words, "to http://else.where/mcp");
}

TEST(exchange_machine, an_error_of_the_application_is_an_answer_whatever_the_status) {
    for (const unsigned status : {200U, 400U, 404U, 500U}) {
        exchange_script s;
        s.send();
        EXPECT_EQ(s.answer(status, "json", error_to("1", -32602, "no")), "deliver reply") << status;
        EXPECT_EQ(s.tell("replied"), "finish ok");
    }
    for (const unsigned status : {401U, 403U}) {
        exchange_script s;
        s.send();
        s.answer(status, "json", error_to("1", -32602, "no"));
        if (status == 401)
            s.tell("renewed no");
        EXPECT_EQ(s.action(), "finish backend_unauthorized") << "that is about us, not about the request";
    }
    exchange_script denied;
    denied.send();
    EXPECT_EQ(denied.answer(403, "json", error_to("1", 403, "call denied by authorization policy")),
              "deliver reply")
        << "policies of a gateway behind this one";
    EXPECT_EQ(denied.tell("replied"), "finish ok");
}

TEST(exchange_machine, secrets_that_a_peer_echoes_are_struck) {
    exchange_script s;
    s.secrets = {"hush-hush"};
    s.send();
    s.answer(502, "html", "you sent hush-hush");
    EXPECT_EQ(s.outcome().met.words, "you sent ***");
    EXPECT_THAT(s.outcome().met.body, Not(HasSubstr("hush")));
    // ... also where the excerpt would cut one in two.
    exchange_script cut;
    cut.secrets = {"hush-hush"};
    cut.send();
    cut.answer(502, "html", std::string(115, 'x') + "hush-hush");
    EXPECT_THAT(cut.outcome().met.words, Not(HasSubstr("hu")));
}

// ---- credentials

TEST(exchange_machine, is_sent_again_with_a_new_credential_once) {
    exchange_script s;
    s.send();
    EXPECT_EQ(s.answer(401, "none", "who are you"), "renew");
    EXPECT_EQ(s.tell("renewed yes"), "get_session");
    s.tell_all({"session", "begun", "authorized", "reused", "sent"});
    EXPECT_EQ(s.answer(401, "none", "who are you"), "finish backend_unauthorized");
    exchange_script none;
    none.send();
    none.answer(401, "none", "who are you");
    EXPECT_EQ(none.tell("renewed no"), "finish backend_unauthorized");
    EXPECT_THAT(none.outcome().why->detail, HasSubstr("host:1 answered HTTP 401"));
    EXPECT_EQ(none.outcome().met.words, "who are you");
}

TEST(exchange_machine, a_credential_that_has_expired_is_renewed_also_where_that_is_403) {
    for (const auto* body : {R"({"message":"The security token included in the request is expired"})",
                             R"({"__type":"ExpiredTokenException"})"}) {
        exchange_script s;
        s.send();
        EXPECT_EQ(s.answer(403, "json", body), "renew") << body;
        EXPECT_EQ(s.tell("renewed yes"), "get_session");
        s.tell_all({"session", "begun", "authorized", "reused", "sent"});
        EXPECT_EQ(s.answer(403, "json", body), "finish backend_unauthorized");
    }
    exchange_script other;
    other.send();
    EXPECT_EQ(other.answer(403, "json", R"({"message":"you may not"})"), "finish backend_unauthorized");
}

TEST(exchange_machine, each_reason_to_send_again_counts_for_itself) {
    exchange_script s(repeatable_call());
    s.send();
    EXPECT_EQ(s.tell("broken closed"), "distrust, get_session");
    s.tell_all({"session", "begun", "authorized", "connected", "sent"});
    EXPECT_EQ(s.answer(401, "none", ""), "renew");
    EXPECT_EQ(s.tell("renewed yes"), "get_session");
    s.tell_all({"session", "begun", "authorized", "connected", "sent"});
    EXPECT_EQ(s.answer(404, "none", ""), "get_session lost");
    s.tell_all({"session", "begun", "authorized", "connected", "sent"});
    EXPECT_EQ(s.answer(200, "json", response_to("4")), "deliver reply");
    EXPECT_EQ(s.tell("replied"), "finish ok");
}

} // namespace
} // namespace transport::test
