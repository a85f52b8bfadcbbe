// When the GET stream of a session is opened, when again and how soon, and what a refusal means.
#include "transport/mcp/back/server_stream_machine.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

using namespace std::chrono_literals;

const steady_clock::time_point origin{std::chrono::hours{100}};

class server_stream_of : public testing::Test {
protected:
    std::string show(const stream_action& a) const {
        std::string out(name_of(a.what));
        if (a.what == stream_action::kind::rest)
            out += fmt::format(" {}", std::chrono::duration_cast<milliseconds>(a.until - now).count());
        if (a.what == stream_action::kind::deliver)
            out += " " + machine.text();
        return out + (a.lost ? " lost" : "") + (a.gone ? " gone" : "") + (a.settled ? ", settled" : "") +
               (a.again ? ", again" : "") + (a.gap ? ", gap" : "");
    }
    // Up to the head of the answer.
    void begin(bool first = true) {
        const auto next = first ? machine.start(now) : machine.rested(now);
        EXPECT_EQ(show(next), "authorize");
        EXPECT_EQ(show(machine.authorized()), "connect");
        EXPECT_EQ(show(machine.connected()), "send");
        EXPECT_EQ(show(machine.sent()), "read_head");
    }
    // `again`: a stream of it had broken; `gap`: this one does not go on where that ended.
    void open(bool first = true, bool again = false, bool gap = false) {
        begin(first);
        EXPECT_EQ(show(machine.head({.status = 200, .content_type = "text/event-stream", .sure_end = true})),
                  fmt::format("read_some, settled{}{}", again ? ", again" : "", gap ? ", gap" : ""));
    }
    std::string refuse(unsigned status, std::string_view text) {
        EXPECT_EQ(show(machine.head({.status = status, .content_type = "text/plain"})), "read_body");
        return show(machine.refused(text, now));
    }
    std::string feed(std::string_view bytes) { return show(machine.some(bytes, now)); }

    steady_clock::time_point now = origin;
    server_stream_machine machine{true, 1000};
};

TEST_F(server_stream_of, a_session_brings_messages) {
    open();
    EXPECT_EQ(feed(": hello\n\n"), "read_some");
    EXPECT_EQ(feed("data: {\"a\":1}\n\ndata: {\"b\":2}\n\nda"), "deliver {\"a\":1}");
    EXPECT_EQ(show(machine.delivered(now)), "deliver {\"b\":2}");
    EXPECT_EQ(show(machine.delivered(now)), "read_some");
    EXPECT_EQ(feed("ta: {\"c\":3}\n\n"), "deliver {\"c\":3}");
    EXPECT_EQ(show(machine.delivered(now)), "read_some");
    EXPECT_EQ(feed("event: ping\ndata: x\n\n"), "read_some") << "no message";
}

TEST_F(server_stream_of, a_session_that_has_none_is_refused_with_about_anything) {
    for (const auto& [status, text] : {std::pair<unsigned, std::string>{405, ""},
                                       {404, "Cannot GET /mcp"},
                                       {404, ""},
                                       {400, "no session stream"},
                                       {501, ""},
                                       {403, ""},
                                       {302, ""},
                                       {200, "<html>"},
                                       {400, R"({"error":"invalid session"})"}}) {
        server_stream_machine fresh(true, 1000);
        (void)fresh.start(now);
        (void)fresh.authorized();
        (void)fresh.connected();
        (void)fresh.sent();
        EXPECT_EQ(show(fresh.head({.status = status, .content_type = "text/html"})), "read_body");
        const auto end = show(fresh.refused(text, now));
        EXPECT_EQ(end, status == 501 ? "rest 2000, settled" : "finish, settled") << status << text;
    }
}

TEST_F(server_stream_of, where_there_was_one_before_a_refusal_tells_that_the_session_is_gone) {
    open();
    feed("retry: 50\n\n");
    EXPECT_EQ(feed(""), "rest 50, settled");
    begin(false);
    EXPECT_EQ(refuse(404, "Session not found"), "finish lost gone, settled");
}

// Only what says so loses the session; it is ended where the backend may still have it.
TEST_F(server_stream_of, what_a_session_that_had_one_is_refused_with) {
    for (const auto& [status, text, end] :
         {std::tuple<unsigned, std::string, std::string>{404, "", "finish lost gone, settled"},
          {410, "", "finish lost gone, settled"},
          {400, "Session not found", "finish lost, settled"},
          {401, "session expired", "finish lost, settled"},
          {503, "No such session", "finish lost, settled"},
          {409, "", "rest 2000, settled, again"},
          {409, "Only one SSE stream is allowed per session", "rest 2000, settled, again"},
          {400, "stream already exists for this session", "rest 2000, settled, again"},
          {400, "", "rest 2000, settled, again"},
          {403, "", "rest 2000, settled, again"},
          {200, "<html>", "rest 2000, settled, again"},
          {503, "", "rest 2000, settled"},
          {405, "", "finish, settled, again"}}) {
        server_stream_machine one(true, 1000);
        (void)one.start(now);
        (void)one.sent();
        (void)one.head({.status = 200, .content_type = "text/event-stream"});
        EXPECT_EQ(show(one.some(": x\n\n", now)), "read_some");
        EXPECT_EQ(show(one.broken(now)), "rest 1000, settled");
        (void)one.rested(now);
        (void)one.sent();
        (void)one.head({.status = status, .content_type = "text/html"});
        EXPECT_EQ(show(one.refused(text, now)), end) << status << text;
    }
}

TEST_F(server_stream_of, a_backend_that_takes_it_for_living_is_asked_until_it_knows_better) {
    open();
    feed(": x\n\n");
    EXPECT_EQ(feed(""), "rest 1000, settled");
    for (const auto* pause : {"rest 2000, settled, again", "rest 4000, settled", "rest 8000, settled",
                              "rest 16000, settled", "rest 30000, settled", "rest 30000, settled"}) {
        begin(false);
        EXPECT_EQ(refuse(409, "already exists"), pause);
    }
    open(false, false, true);
    EXPECT_EQ(feed("data: x\n\n"), "deliver x");
}

TEST_F(server_stream_of, busy_before_it_was_open_is_asked_again_too) {
    begin();
    EXPECT_EQ(refuse(409, ""), "rest 2000, settled");
    begin(false);
    EXPECT_EQ(refuse(400, "a stream exists already"), "rest 4000, settled");
    open(false);
}

// It may be another one than before, which knows the session all the same.
TEST_F(server_stream_of, a_backend_that_is_back_says_so_once) {
    open();
    EXPECT_EQ(show(machine.broken(now)), "rest 2000, settled");
    begin(false);
    EXPECT_EQ(show(machine.broken(now)), "rest 4000, settled") << "nothing was heard of it";
    open(false, true, true);
    feed("data: x\n\n");
    EXPECT_EQ(feed(""), "rest 1000, settled");
    open(false, true, true);
}

TEST_F(server_stream_of, a_redirect_is_followed_once) {
    begin();
    EXPECT_EQ(show(machine.head({.status = 307, .moved_to = "/mcp/"})), "read_body");
    EXPECT_EQ(show(machine.refused("", now)), "authorize");
    EXPECT_EQ(machine.moved_to(), "/mcp/");
    EXPECT_EQ(show(machine.authorized()), "connect");
    EXPECT_EQ(show(machine.head({.status = 307, .moved_to = "/other/"})), "read_body");
    EXPECT_EQ(show(machine.refused("", now)), "finish, settled");
}

TEST_F(server_stream_of, the_last_event_may_lack_its_empty_line_where_the_stream_was_not_cut) {
    open();
    EXPECT_EQ(feed("data: x"), "read_some");
    EXPECT_EQ(feed(""), "deliver x");
    EXPECT_EQ(show(machine.delivered(now)), "read_some");
    EXPECT_EQ(feed(""), "rest 1000, settled");
    server_stream_machine cut(true, 1000);
    (void)cut.start(now);
    (void)cut.head({.status = 200, .content_type = "text/event-stream"});
    (void)cut.some("data: x\n", now);
    EXPECT_EQ(show(cut.some("", now)), "rest 1000, settled");
}

TEST_F(server_stream_of, without_an_id_no_session_is_lost) {
    server_stream_machine none(false, 1000);
    (void)none.start(now);
    (void)none.sent();
    (void)none.head({.status = 200, .content_type = "text/event-stream"});
    (void)none.some("data: x\n\n", now);
    (void)none.broken(now);
    (void)none.rested(now);
    (void)none.head({.status = 404, .content_type = ""});
    EXPECT_EQ(show(none.refused("", now)), "finish, settled, again");
}

TEST_F(server_stream_of, one_that_lived_is_opened_again_as_the_backend_asked) {
    open();
    EXPECT_EQ(feed("id: 7\nretry: 300\ndata: x\n\n"), "deliver x");
    EXPECT_EQ(show(machine.delivered(now)), "read_some");
    EXPECT_EQ(feed(""), "rest 300, settled");
    EXPECT_EQ(machine.last_event_id(), "7");
    now += 300ms;
    open(false, true);
    EXPECT_EQ(feed(": quiet\n\n"), "read_some");
    EXPECT_EQ(show(machine.broken(now)), "rest 300, settled");
    EXPECT_EQ(machine.last_event_id(), "7") << "it holds until there is another one";
}

TEST_F(server_stream_of, silence_for_long_enough_is_life_too) {
    open();
    now += 6s;
    EXPECT_EQ(show(machine.broken(now)), "rest 1000, settled");
}

TEST_F(server_stream_of, pauses_have_bounds) {
    open();
    feed("retry: 0\n\n");
    EXPECT_EQ(feed(""), "rest 50, settled");
    now += 50ms;
    open(false, true, true);
    feed("retry: 86400000\n\n");
    EXPECT_EQ(feed(""), "rest 60000, settled");
}

TEST_F(server_stream_of, one_that_fails_at_once_is_opened_ever_more_slowly) {
    begin();
    std::vector<std::string> pauses;
    for (int i = 0; i < 7; ++i) {
        pauses.push_back(show(machine.broken(now)));
        begin(false);
    }
    EXPECT_EQ(pauses,
              (std::vector<std::string>{"rest 2000, settled", "rest 4000, settled", "rest 8000, settled",
                                        "rest 16000, settled", "rest 30000, settled", "rest 30000, settled",
                                        "rest 30000, settled"}));
    EXPECT_EQ(refuse(503, "busy"), "rest 30000, settled");
    begin(false);
    EXPECT_EQ(refuse(429, "busy"), "rest 30000, settled");
    now += 30s;
    open(false);
    feed("data: x\n\n");
    EXPECT_EQ(show(machine.broken(now)), "rest 1000, settled") << "a good one forgets the bad ones";
}

TEST_F(server_stream_of, a_refused_credential_is_renewed_once) {
    begin();
    EXPECT_EQ(refuse(401, "who"), "renew");
    EXPECT_EQ(show(machine.renewed(true, now)), "authorize");
    EXPECT_EQ(show(machine.sent()), "read_head");
    EXPECT_EQ(refuse(401, "who"), "finish, settled");
    server_stream_machine other(true, 1000);
    (void)other.start(now);
    (void)other.head({.status = 401, .content_type = ""});
    (void)other.refused("", now);
    EXPECT_EQ(show(other.renewed(false, now)), "finish, settled");
}

TEST_F(server_stream_of, too_large_an_event_breaks_it) {
    open();
    EXPECT_EQ(feed("data: " + std::string(1001, 'x')), "rest 1000, settled");
}

} // namespace
} // namespace transport
