// The clock of a request, and what ends it early: cancellation and the deadline, wherever it is.
#include "exchange_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport::test {
namespace {

// ---- the clock

TEST(clock, progress_starts_it_anew_if_it_may) {
    for (const bool may : {true, false}) {
        auto terms = plain_call();
        terms.progress_extends_deadline = may;
        exchange_script s(terms);
        s.stream();
        EXPECT_EQ(s.machine().until(), origin + 30s);
        s.pass(20s);
        s.tell("bytes", event(log_line()));
        s.tell("delivered");
        EXPECT_EQ(s.machine().until(), origin + 30s) << "a log line is no progress";
        s.tell("bytes", event(progress_of("2")));
        EXPECT_EQ(s.machine().until(), origin + 30s) << "progress of another request";
        s.tell("bytes", event(progress_of("1")));
        EXPECT_EQ(s.machine().until(), origin + (may ? 50s : 30s));
        s.tell("delivered");
        s.pass(20s);
        s.tell("elsewhere", progress_of("1"));
        EXPECT_EQ(s.machine().until(), origin + (may ? 70s : 30s)) << "on whichever stream";
    }
}

TEST(clock, nothing_moves_it_beyond_the_latest) {
    auto terms = plain_call();
    terms.latest = origin + 45s;
    exchange_script s(terms);
    s.stream();
    s.pass(20s);
    s.tell("bytes", event(progress_of("1")) + event(question("\"a\"")));
    EXPECT_EQ(s.machine().until(), origin + 45s);
    s.tell("delivered");
    s.tell("asked");
    EXPECT_EQ(s.machine().until(), origin + 45s) << "a question is open";
    s.pass(20s);
    s.machine().question_answered(s.now());
    EXPECT_EQ(s.machine().until(), origin + 45s);
}

TEST(clock, stands_still_while_a_question_is_open_and_then_starts_anew) {
    exchange_script s;
    s.stream();
    s.tell("bytes", event(question("\"a\"")) + event(question("\"b\"")) + event(question("\"c\"")));
    s.tell("asked");
    EXPECT_EQ(s.machine().until(), steady_clock::time_point::max());
    s.tell("asked");
    s.tell("not_asked");
    s.pass(10min);
    s.machine().question_answered(s.now());
    EXPECT_EQ(s.machine().until(), steady_clock::time_point::max()) << "one is still open";
    s.pass(10min);
    s.machine().question_answered(s.now());
    EXPECT_EQ(s.machine().until(), s.now() + 30s);
    s.machine().question_answered(s.now() + 1h);
    EXPECT_EQ(s.machine().until(), s.now() + 30s) << "there was none";
}

// ---- early ends, at every place

struct place {
    const char* name;
    std::vector<std::string> inputs;
    bool sent; // the backend may be working on it
};

// Each wait of the machine, and each action that comes between waits.
const std::vector<place>& places() {
    static const std::vector<std::string> head{"session", "begun", "authorized", "reused", "sent"};
    const auto after_head = [](std::vector<std::string> more) {
        auto all = head;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    static const std::vector<place> all{
        {"get_session", {}, false},
        {"begin", {"session"}, false},
        {"authorize", {"session", "begun"}, false},
        {"connect", {"session", "begun", "authorized"}, false},
        {"send", {"session", "begun", "authorized", "reused"}, false},
        {"read_head", head, true},
        {"read_body", after_head({"head 200 json"}), true},
        {"read_some", after_head({"head 200 sse"}), true},
        {"listen 100", after_head({"head 200 sse", "broken truncated"}), true},
        {"get_session lost", after_head({"head 404 none", "body", "kept"}), false},
        {"renew", after_head({"head 401 none", "body", "kept"}), false},
    };
    return all;
}

class early_end : public testing::TestWithParam<place> {};

TEST_P(early_end, cancelled) {
    const auto& at = GetParam();
    exchange_script s;
    ASSERT_EQ(s.tell_all(at.inputs), at.name);
    EXPECT_EQ(s.tell("cancelled"), at.sent ? "finish cancelled abandoned" : "finish cancelled");
}

TEST_P(early_end, expired) {
    const auto& at = GetParam();
    exchange_script s;
    ASSERT_EQ(s.tell_all(at.inputs), at.name);
    EXPECT_THAT(s.tell("expired"),
                testing::EndsWith(at.sent ? "finish backend_timeout abandoned" : "finish backend_timeout"));
    EXPECT_EQ(s.outcome().why->detail, "late");
}

// The deadline passes and the client cancels: one of both is told, and the end is an end.
TEST_P(early_end, whichever_comes_first) {
    const auto& at = GetParam();
    exchange_script s;
    s.tell_all(at.inputs);
    s.tell("elsewhere", progress_of("99"));
    EXPECT_EQ(s.action(), at.name) << "a message for somebody else changes nothing";
    EXPECT_THAT(s.tell("cancelled"), testing::StartsWith("finish cancelled"));
}

INSTANTIATE_TEST_SUITE_P(places, early_end, testing::ValuesIn(places()));

TEST(early_end_between, messages_of_a_stream) {
    for (const auto* first : {"deliver notification", "deliver progress", "deliver question"}) {
        exchange_script s;
        s.stream();
        const std::string step = first;
        EXPECT_EQ(s.tell("bytes", event(step.ends_with("question")   ? question("\"q\"")
                                        : step.ends_with("progress") ? progress_of("1")
                                                                     : log_line())),
                  first);
        s.tell(step.ends_with("question") ? "asked" : "delivered");
        EXPECT_EQ(s.tell("cancelled"), "finish cancelled abandoned") << first;
    }
}

TEST(early_end_between, a_pause_before_a_resumption) {
    exchange_script s;
    s.stream();
    s.tell("bytes", "id: e\nretry: 20000\ndata:\n\n");
    s.tell("end");
    EXPECT_EQ(s.tell("cancelled"), "finish cancelled abandoned");
}

TEST(early_end_between, the_connections_of_a_resumption) {
    for (const auto& inputs : {std::vector<std::string>{"rested"},
                               {"rested", "authorized"},
                               {"rested", "authorized", "reused"},
                               {"rested", "authorized", "reused", "sent"}}) {
        exchange_script s;
        s.stream();
        s.tell("bytes", "id: e\ndata:\n\n");
        s.tell("end");
        s.tell_all(inputs);
        EXPECT_EQ(s.tell("cancelled"), "finish cancelled abandoned") << inputs.size();
    }
}

TEST(early_end_after, the_response_was_delivered_nothing_is_cancelled_any_more) {
    for (const auto* how : {"cancelled", "expired"}) {
        exchange_script s;
        s.stream();
        s.tell("bytes", event(response_to("1")));
        EXPECT_EQ(s.tell("replied"), "drain");
        EXPECT_EQ(s.tell(how), "finish ok");
    }
}

} // namespace
} // namespace transport::test
