// How evidence changes the state of one backend.
#include "health/record.hpp"
#include "probe_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace health::test {
namespace {

using ::testing::HasSubstr;

evidence good(microseconds latency = 5ms) {
    evidence observed;
    observed.status = 200;
    observed.method = "ping";
    observed.latency = latency;
    return observed;
}

evidence opened() {
    evidence observed = good();
    observed.method = "notifications/initialized";
    return observed;
}

evidence status_of(unsigned status, bool credentials = false) {
    evidence observed = evidence_of_status(status, "text/plain", "words");
    observed.credentials_sent = credentials;
    return observed;
}

evidence refused() {
    return problem(finding::refused);
}

record fresh(unsigned threshold = 3) {
    return record("http://b1/mcp", {threshold, 5s}, at(0ms));
}

change probe(record& one, const evidence& evidence, microseconds when, std::string_view revision = {}) {
    return one.on_probe(evidence, revision, at(when).at, at(when));
}

TEST(record, of_a_program_that_starts_says_so_and_judges_nothing) {
    auto one = fresh();
    evidence met = problem(finding::starting);
    met.detail = "for 3 s";
    EXPECT_EQ(probe(one, met, 3s), change{});
    EXPECT_EQ(one.status().now, state::unknown);
    EXPECT_EQ(one.status().reason, "http://b1/mcp: its program is starting (for 3 s) so far");
    (void)probe(one, good(), 4s);
    EXPECT_EQ(probe(one, met, 5s), change{});
    EXPECT_EQ(one.status().now, state::healthy);
    EXPECT_EQ(one.status().consecutive_failures, 0U);
}

// Evidence, and the state after each piece: "g" success, "s" slow success, "f" refused, "a" 401, "A" 401 with
// credentials, "t" 429, "5" 503, "i" success of initialize, "G" live success, "F" live refused connection, "X" live
// 503, "L" live 401, "C" live 401 with configured credentials, "T" live 429, "4" live 404, "_" a pause of 30 s.
std::string states(record& one, std::string_view script) {
    std::string out;
    microseconds when = 1s;
    for (const char c : script) {
        when += 1s;
        const steady_time began = at(when).at;
        if (c == 'g')
            (void)one.on_probe(good(), "2025-06-18", began, at(when));
        else if (c == 's')
            (void)one.on_probe(good(6s), "", began, at(when));
        else if (c == 'f')
            (void)one.on_probe(refused(), "", began, at(when));
        else if (c == 'a' || c == 'A')
            (void)one.on_probe(status_of(401, c == 'A'), "", began, at(when));
        else if (c == 't')
            (void)one.on_probe(status_of(429), "", began, at(when));
        else if (c == '5')
            (void)one.on_probe(status_of(503), "", began, at(when));
        else if (c == 'G')
            (void)one.on_call(good(), began, at(when));
        else if (c == 'F')
            (void)one.on_call(refused(), began, at(when));
        else if (c == 'L')
            (void)one.on_call(status_of(401), began, at(when));
        else if (c == 'C')
            (void)one.on_call(status_of(401, true), began, at(when));
        else if (c == 'X')
            (void)one.on_call(status_of(503), began, at(when));
        else if (c == 'T')
            (void)one.on_call(status_of(429), began, at(when));
        else if (c == '4')
            (void)one.on_call(status_of(404), began, at(when));
        else if (c == 'i')
            (void)one.on_probe(opened(), "2025-06-18", began, at(when));
        else if (c == '_')
            when += doubt_time;
        constexpr char letters[] = {'?', 'H', 'D', 'U', 'A'};
        out.push_back(letters[static_cast<int>(one.now())]);
    }
    return out;
}

TEST(record, follows_the_table) {
    struct row {
        const char* script;
        const char* expected;
        unsigned failures;
    };
    const std::vector<row> rows{
        {"", "", 0},
        // the first answer decides
        {"g", "H", 0},
        {"s", "D", 0},
        {"f", "U", 1},
        {"a", "A", 1},
        {"5", "U", 1},
        {"t", "U", 1},
        // a routable backend needs three failures in a row
        {"gff", "HHH", 2},
        {"gfff", "HHHU", 3},
        {"gffgff", "HHHHHH", 2},
        {"gf5f", "HHHU", 3},
        {"sfff", "DDDU", 3},
        // one success heals, and resets the count
        {"ffffg", "UUUUH", 0},
        {"fs", "UD", 0},
        {"fgff", "UHHH", 2},
        // slow and fast
        {"gsgs", "HDHD", 0},
        // auth is not down, and not healthy
        {"gaaa", "HHHA", 3},
        {"gffa", "HHHA", 3},
        {"faf", "UAU", 3},
        {"AAA", "AAA", 3},
        {"ag", "AH", 0},
        // 429 is no failure of a routable backend
        {"gtttt", "HDDDD", 0},
        {"gtg", "HDH", 0},
        // live calls
        {"gFFF", "HHHU", 3},
        {"gFfF", "HHHU", 3},
        {"gFGFGF", "HHHHHH", 1},
        {"ffG", "UUH", 0},
        {"sG", "DD", 0}, // says nothing about speed
        {"G", "H", 0},
        {"F", "?", 0},   // a probe is under way
        {"aG", "AA", 0}, // the caller's own credentials
        {"gLLLL", "HHHHH", 0},
        {"g4444", "HHHHH", 0}, // answers
        {"f4", "UU", 1},       // but none that proves MCP
        // Calls fail, pings do not: it settles at degraded, and stays there.
        {"gXXXgXgXgXXX", "HHHUDDDDDDDD", 2},
        {"gXgXgXgX", "HHHHHDDD", 2}, // a ping does not void what calls met
        {"gXgG", "HHHH", 0},
        {"gXXXgG", "HHHUDH", 0},     // a call succeeds
        {"gXXXgggg", "HHHUDDDD", 2}, // time alone does it,
        {"gXXXg_g", "HHHUDDH", 0},   // with a ping
        {"gXXXgf", "HHHUDU", 3},     // the ping fails, too
        {"gXXXfg", "HHHUUH", 0},     // both had failed: the success of one proves enough
        {"gFFFg", "HHHUH", 0},       // there was no connection: a probe is as good as a call
        // Refused credentials.
        {"gCCC", "HHHA", 0},
        {"gCCGCC", "HHHHHH", 0},
        {"gCCCG", "HHHAH", 0},
        {"gCCCg_gg", "HHHAAAAA", 0}, // a ping does not show them to be good
        {"gCCCi", "HHHAA", 0},
        {"gCCC_i", "HHHAAH", 0},
        {"gCCCAi", "HHHAAH", 0}, // the probe had been refused, too
        {"gCgCgC", "HHHHHA", 0}, // pings in between make them no less a row of calls
        {"gCgCGC", "HHHHHH", 0},
        {"aCCC", "AAAA", 1},
        // Too many calls.
        {"gT", "HD", 0},
        {"gTgGg", "HDDDD", 0},
        {"gT_g", "HDDH", 0},
        {"gTtTg", "HDDDH", 0}, // the probe had been told the same
        {"fT", "UU", 1},
    };
    for (const row& one : rows) {
        record subject = fresh();
        EXPECT_EQ(states(subject, one.script), one.expected) << one.script;
        EXPECT_EQ(subject.status().consecutive_failures, one.failures) << one.script;
    }
}

TEST(record, obeys_its_threshold) {
    for (const unsigned threshold : {0U, 1U, 2U, 5U}) {
        record one = fresh(threshold);
        (void)probe(one, good(), 1s);
        unsigned needed = 0;
        while (one.now() == state::healthy && needed < 100)
            (void)probe(one, refused(), 2s + needed++ * 1s);
        EXPECT_EQ(needed, std::max(threshold, 1U));
    }
}

TEST(record, says_what_changed_once) {
    record one = fresh(2);
    change made = probe(one, good(), 1s);
    ASSERT_TRUE(made.moved);
    EXPECT_EQ(made.moved->from, state::unknown);
    EXPECT_EQ(made.moved->to, state::healthy);
    EXPECT_TRUE(made.recovered);
    EXPECT_FALSE(probe(one, good(), 2s).moved);
    EXPECT_EQ(probe(one, refused(), 3s), change{});
    made = probe(one, refused(), 4s);
    ASSERT_TRUE(made.moved);
    EXPECT_EQ(made.moved->to, state::unhealthy);
    EXPECT_EQ(made.moved->reason, "http://b1/mcp: the backend refused the connection");
    EXPECT_EQ(one.status().brief, made.moved->reason) << "the peer said nothing";
    EXPECT_TRUE(made.lost);
    // The reason goes on changing without another transition.
    made = probe(one, status_of(404), 5s);
    EXPECT_FALSE(made.moved);
    EXPECT_THAT(one.status().reason, HasSubstr("HTTP 404"));
    EXPECT_EQ(one.status().last_transition, at(4s));
    EXPECT_EQ(one.status().transitions, 2U);
    EXPECT_EQ(one.status().category, "health_check_failed");
    made = probe(one, good(6s), 6s);
    EXPECT_TRUE(made.recovered);
    EXPECT_EQ(made.moved->to, state::degraded);
    EXPECT_THAT(made.moved->reason, HasSubstr("slow"));
    EXPECT_EQ(one.status().category, "");
    made = probe(one, good(), 7s);
    EXPECT_FALSE(made.recovered); // it was routable already
    EXPECT_EQ(made.moved->to, state::healthy);
}

TEST(record, drops_failures_older_than_the_last_success) {
    record one = fresh(1);
    (void)probe(one, good(), 5s);
    const change late = one.on_probe(refused(), "", at(4s).at, at(6s));
    EXPECT_TRUE(late.stale);
    EXPECT_EQ(one.now(), state::healthy);
    EXPECT_EQ(one.status().consecutive_failures, 0U);
    EXPECT_TRUE(one.on_call(problem(finding::timeout), at(1s).at, at(31s)).stale);
    EXPECT_EQ(one.now(), state::healthy);
    EXPECT_TRUE(one.on_probe(refused(), "", at(7s).at, at(7s)).lost);
}

TEST(record, counts_a_burst_of_broken_calls_once) {
    record one = fresh(3);
    (void)probe(one, good(), 1s);
    for (int i = 0; i < 50; ++i)
        (void)one.on_call(problem(finding::reset), at(2s).at, at(2s + i * 1ms));
    EXPECT_EQ(one.now(), state::healthy);
    EXPECT_EQ(one.status().consecutive_failures, 1U);
    const change first = one.on_call(problem(finding::reset), at(3s).at, at(3s));
    EXPECT_TRUE(first.want_probe);
}

TEST(record, asks_for_a_probe_where_a_call_cannot_tell) {
    record one = fresh();
    EXPECT_TRUE(one.on_call(refused(), at(1s).at, at(1s)).want_probe);
    (void)probe(one, good(), 2s);
    EXPECT_TRUE(one.on_call(status_of(403), at(3s).at, at(3s)).want_probe);
    EXPECT_FALSE(one.on_call(status_of(403), at(3900ms).at, at(3900ms)).want_probe); // once a second
    EXPECT_TRUE(one.on_call(status_of(404), at(4s).at, at(4s)).want_probe);
    EXPECT_EQ(one.on_call(problem(finding::cancelled), at(6s).at, at(6s)), change{});
    EXPECT_EQ(one.now(), state::healthy);
}

TEST(record, holds_nothing_against_a_backend_that_this_gateway_lacks) {
    record one = fresh(1);
    (void)probe(one, problem(finding::no_resources), 1s);
    EXPECT_EQ(one.now(), state::unknown);
    EXPECT_THAT(one.status().reason, HasSubstr("this gateway has run short of resources"));
    (void)probe(one, good(), 2s);
    const auto reason = one.status().reason;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(probe(one, problem(finding::no_resources), 3s), change{});
    EXPECT_EQ(one.on_call(problem(finding::no_resources), at(4s).at, at(4s)), change{});
    EXPECT_EQ(one.now(), state::healthy);
    EXPECT_EQ(one.status().consecutive_failures, 0U);
    EXPECT_EQ(one.status().reason, reason);
    EXPECT_EQ(one.status().checks, 7U);
}

// Calls that began before the outage end well during it: they say nothing about now.
TEST(record, lets_a_late_success_only_ask_for_a_probe) {
    record one = fresh(1);
    (void)probe(one, good(), 1s);
    (void)probe(one, refused(), 5s);
    const change late = one.on_call(good(), at(4s).at, at(6s));
    EXPECT_TRUE(late.want_probe);
    EXPECT_FALSE(late.moved);
    EXPECT_EQ(one.now(), state::unhealthy);
    EXPECT_EQ(one.status().consecutive_failures, 1U);
    EXPECT_THAT(one.status().reason, HasSubstr("refused the connection"));
    EXPECT_TRUE(one.on_call(good(), at(7s).at, at(8s)).recovered);
}

TEST(record, says_whether_a_probe_proved_that_an_outage_is_over) {
    record one = fresh(1);
    EXPECT_FALSE(probe(one, good(), 1s).proved);
    (void)one.on_call(status_of(502), at(2s).at, at(2s));
    const change doubted = probe(one, good(), 3s);
    EXPECT_TRUE(doubted.recovered);
    EXPECT_FALSE(doubted.proved);
    EXPECT_EQ(one.now(), state::degraded);
    EXPECT_THAT(one.status().reason, HasSubstr("HTTP 502"));
    EXPECT_EQ(one.status().category, "backend_unavailable");
    EXPECT_EQ(one.stands(), standing::failing); // it is watched closely
    (void)probe(one, refused(), 4s);
    EXPECT_TRUE(probe(one, good(), 5s).proved);
    EXPECT_EQ(one.now(), state::healthy);
}

TEST(record, keeps_the_words_of_a_probe_where_a_call_has_less_to_say) {
    record one = fresh(1);
    evidence observed = status_of(502);
    observed.peer = "10.0.0.3:8080";
    observed.method = "initialize";
    (void)probe(one, observed, 1s);
    const auto words = one.status().reason;
    evidence poorer = status_of(503);
    (void)one.on_call(poorer, at(2s).at, at(2s));
    EXPECT_EQ(one.status().reason, words);
    EXPECT_EQ(one.status().consecutive_failures, 2U);
    (void)one.on_call(problem(finding::timeout), at(3s).at, at(3s)); // of another kind
    EXPECT_NE(one.status().reason, words);
}

TEST(record, knows_whether_credentials_were_refused) {
    record one = fresh();
    (void)probe(one, status_of(401, true), 1s);
    EXPECT_TRUE(one.status().credentials_refused);
    EXPECT_EQ(one.status().category, "authentication_failed");
    (void)probe(one, refused(), 2s);
    EXPECT_FALSE(one.status().credentials_refused);
    (void)probe(one, status_of(401, false), 3s);
    EXPECT_FALSE(one.status().credentials_refused);
    EXPECT_EQ(one.stands(), standing::locked_out);
}

TEST(record, keeps_the_last_32_latencies) {
    record one = fresh();
    for (int i = 1; i <= 40; ++i)
        (void)probe(one, i == 40 ? refused() : good(milliseconds{i}), i * 1s);
    const auto latency = one.status().latency;
    ASSERT_EQ(latency.size(), latency_samples);
    EXPECT_EQ(latency.front(), microseconds{9'000});
    EXPECT_EQ(latency[30], microseconds{39'000});
    EXPECT_EQ(latency.back(), microseconds{-1});
    EXPECT_EQ(one.status().checks, 40U);
}

TEST(record, shows_that_a_first_answer_is_awaited) {
    record one = fresh();
    EXPECT_FALSE(one.status().last_check);
    evidence late = problem(finding::timeout);
    late.latency = 800ms;
    one.on_no_verdict(late, at(1s));
    EXPECT_EQ(one.now(), state::unknown);
    EXPECT_THAT(one.status().reason, HasSubstr("within 800 ms so far"));
    EXPECT_EQ(one.status().consecutive_failures, 0U);
}

TEST(record, keeps_its_invariants_in_random_runs) {
    std::mt19937 dice(11);
    const auto roll = [&](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice); };
    const std::vector<evidence> all{good(),
                                    good(6s),
                                    refused(),
                                    status_of(401),
                                    status_of(403, true),
                                    status_of(429),
                                    status_of(404),
                                    status_of(503),
                                    problem(finding::timeout),
                                    problem(finding::cancelled),
                                    problem(finding::tls),
                                    problem(finding::wrong_protocol),
                                    problem(finding::modern_only)};
    for (int run = 0; run < 500; ++run) {
        const unsigned threshold = static_cast<unsigned>(roll(5));
        record one = fresh(threshold);
        microseconds when = 0ms;
        std::uint64_t moves = 0;
        for (int i = 0; i < 200; ++i) {
            when += milliseconds{roll(300)};
            const record_status before = one.status();
            const evidence& observed = all[static_cast<std::size_t>(roll(static_cast<int>(all.size())))];
            const steady_time began = at(when - milliseconds{roll(1'000)}).at;
            const bool probing = roll(2) == 0;
            const change made = probing ? one.on_probe(observed, "", began, at(when))
                                        : one.on_call(observed, began, at(when));
            const record_status after = one.status();
            moves += made.moved ? 1 : 0;
            ASSERT_EQ(after.transitions, moves);
            ASSERT_EQ(made.moved.has_value(), before.now != after.now);
            if (made.moved) {
                ASSERT_EQ(made.moved->from, before.now);
                ASSERT_EQ(made.moved->to, after.now);
                ASSERT_EQ(after.last_transition, at(when));
                ASSERT_FALSE(made.moved->reason.empty());
            }
            const auto routable = [](state s) { return s == state::healthy || s == state::degraded; };
            ASSERT_EQ(made.recovered, !routable(before.now) && routable(after.now));
            ASSERT_EQ(made.lost, routable(before.now) && !routable(after.now));
            if (routable(after.now))
                ASSERT_LT(after.consecutive_failures, std::max(threshold, 1U));
            if (probing && observed.what == finding::success)
                ASSERT_TRUE(routable(after.now) || before.now == state::unauthenticated);
            if (after.now == state::healthy && made.moved)
                ASSERT_TRUE(after.consecutive_failures == 0 && after.category.empty());
            if (after.now == state::unhealthy && made.moved)
                ASSERT_GE(after.consecutive_failures, 1U);
            if (made.stale)
                ASSERT_EQ(after.now, before.now);
            if (one.stands() == standing::settled)
                ASSERT_TRUE(routable(after.now) && after.consecutive_failures == 0);
            if (after.now == state::healthy && after.consecutive_failures == 0 && after.category.empty())
                ASSERT_EQ(one.stands(), standing::settled);
        }
    }
}

} // namespace
} // namespace health::test
