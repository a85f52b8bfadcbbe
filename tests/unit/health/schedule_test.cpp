// The pace of probes, and the pacer in virtual time.
#include "health/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace health {
namespace {

using namespace std::chrono_literals;
using std::chrono::minutes;

constexpr steady_time origin{std::chrono::hours{7}};

TEST(pace, follows_the_table) {
    struct row {
        standing stands;
        unsigned tries;
        milliseconds since;
        milliseconds interval;
        milliseconds expected;
    };
    const std::vector<row> rows{
        {standing::settled, 0, 0ms, 30s, 30s},
        {standing::settled, 9, 24h, 30s, 30s},
        {standing::settled, 0, 0ms, 1h, 1h},
        {standing::failing, 0, 0ms, 30s, 100ms},
        {standing::failing, 1, 0ms, 30s, 100ms},
        {standing::failing, 2, 100ms, 30s, 250ms},
        {standing::failing, 3, 350ms, 30s, 500ms},
        {standing::failing, 4, 850ms, 30s, 800ms},
        {standing::failing, 5, 1650ms, 30s, 800ms},
        {standing::failing, 100, minutes{2} - 1ms, 30s, 800ms},
        {standing::failing, 100, minutes{2}, 30s, 2s},
        {standing::failing, 3, minutes{2}, 30s, 2s},
        {standing::failing, 400, minutes{12} - 1ms, 30s, 2s},
        {standing::failing, 400, minutes{12}, 30s, 5s},
        {standing::failing, 4'000'000'000U, 8760h, 30s, 5s},
        // never slower than the interval
        {standing::failing, 1, 0ms, 50ms, 50ms},
        {standing::failing, 9, 10s, 500ms, 500ms},
        {standing::failing, 9, minutes{5}, 1s, 1s},
        {standing::failing, 9, minutes{60}, 3s, 3s},
        // refused credentials: like failing, and then the interval
        {standing::locked_out, 1, 0ms, 30s, 100ms},
        {standing::locked_out, 9, minutes{1}, 30s, 800ms},
        {standing::locked_out, 9, minutes{2}, 30s, 30s},
        {standing::locked_out, 9, minutes{60}, 30s, 30s},
    };
    for (const row& one : rows)
        EXPECT_EQ(next_probe_delay({one.stands, one.tries, one.since, one.interval}, 0.0), one.expected)
            << static_cast<int>(one.stands) << " tries " << one.tries << " since " << one.since.count();
}

TEST(pace, jitters_by_ten_percent) {
    const pace settled{standing::settled, 0, 0ms, 30s};
    EXPECT_EQ(next_probe_delay(settled, 1.0), 33s);
    EXPECT_EQ(next_probe_delay(settled, -1.0), 27s);
    EXPECT_EQ(next_probe_delay(settled, 0.5), 31'500ms);
    EXPECT_EQ(next_probe_delay(settled, 7.0), 33s);
    EXPECT_EQ(next_probe_delay(settled, -7.0), 27s);
    EXPECT_EQ(next_probe_delay(settled, std::numeric_limits<double>::quiet_NaN()), 30s);
    EXPECT_EQ(next_probe_delay({standing::failing, 9, 5s, 30s}, 1.0), 880ms);
    EXPECT_EQ(next_probe_delay({standing::failing, 9, 5s, 30s}, -1.0), 720ms);
    // not beyond the interval
    EXPECT_EQ(next_probe_delay({standing::failing, 9, 5s, 800ms}, 1.0), 800ms);
}

TEST(pacer, starts_at_once_and_then_follows_the_pace) {
    pacer one({30s, 10s}, origin);
    steady_time now = origin;
    std::vector<milliseconds> gaps;
    for (int i = 0; i < 6; ++i) {
        ASSERT_EQ(one.due(), now);
        const auto ticket = one.start(now, 0.0);
        EXPECT_TRUE(ticket.patient);
        EXPECT_EQ(ticket.patience, 10s);
        one.finish(ticket.number, standing::failing, now + 5ms, 0.0);
        gaps.push_back(std::chrono::duration_cast<milliseconds>(one.due() - now));
        now = one.due();
    }
    EXPECT_EQ(gaps, (std::vector<milliseconds>{100ms, 250ms, 500ms, 800ms, 800ms, 800ms}));
    const auto good = one.start(now, 0.0);
    one.finish(good.number, standing::settled, now + 20ms, 0.5);
    EXPECT_EQ(one.due(), now + 20ms + 31'500ms);
    EXPECT_EQ(one.in_flight(), 0U);
}

TEST(pacer, searches_again_from_the_first_step_after_a_failure) {
    pacer one({30s, 10s}, origin);
    one.finish(one.start(origin, 0).number, standing::settled, origin, 0);
    const steady_time later = one.due();
    one.finish(one.start(later, 0).number, standing::failing, later + 1ms, 0);
    EXPECT_EQ(one.due(), later + 101ms);
    // Two minutes count from the failure, not from the start of the process.
    one.finish(one.start(one.due(), 0).number, standing::failing, later + 102ms, 0);
    EXPECT_EQ(one.due(), later + 351ms);
}

TEST(pacer, goes_on_beside_a_probe_that_hangs) {
    pacer one({30s, 10s}, origin);
    const auto patient = one.start(origin, 0);
    EXPECT_EQ(patient, (pacer::ticket{1, true, 10s}));
    EXPECT_EQ(one.due(), origin + 100ms);
    const auto quick = one.start(origin + 100ms, 0);
    EXPECT_EQ(quick, (pacer::ticket{2, false, 800ms}));
    EXPECT_EQ(one.due(), steady_time::max()); // two are enough
    one.finish(quick.number, standing::failing, origin + 900ms, 0);
    EXPECT_LE(one.due(), origin + 900ms);
    const auto next = one.start(origin + 900ms, 0);
    EXPECT_FALSE(next.patient);
    one.finish(next.number, standing::settled, origin + 950ms, 0);
    // Settled: nothing more until the patient one is over, and then the interval.
    EXPECT_EQ(one.due(), steady_time::max());
    one.finish(patient.number, standing::settled, origin + 10s, 0);
    EXPECT_EQ(one.due(), origin + 950ms + 30s);
}

TEST(pacer, needs_no_second_probe_when_the_timeout_is_short) {
    pacer one({1s, 500ms}, origin);
    const auto only = one.start(origin, 0);
    EXPECT_TRUE(only.patient);
    EXPECT_EQ(only.patience, 500ms);
    EXPECT_EQ(one.due(), steady_time::max());
    one.finish(only.number, standing::failing, origin + 500ms, 0);
    EXPECT_LE(one.due(), origin + 500ms);
}

TEST(pacer, a_quick_probe_with_the_whole_time_proves_as_much_as_a_patient_one) {
    pacer one({30s, 2s}, origin);
    (void)one.start(origin, 0);
    const steady_time later = origin + minutes{3}; // the pace is 2 s now
    const auto second = one.start(later, 0);
    EXPECT_TRUE(second.patient);
    EXPECT_EQ(second.patience, 2s);
}

TEST(pacer, wanted_probes_keep_100_ms_apart) {
    pacer one({30s, 10s}, origin);
    one.finish(one.start(origin, 0).number, standing::settled, origin + 1ms, 0);
    one.wanted(origin + 20ms);
    EXPECT_EQ(one.due(), origin + 100ms);
    one.wanted(origin + 5s);
    EXPECT_EQ(one.due(), origin + 100ms); // never pushed back
    one.finish(one.start(origin + 100ms, 0).number, standing::settled, origin + 101ms, 0);
    one.wanted(origin + 5s);
    EXPECT_EQ(one.due(), origin + 5s);
}

TEST(pacer, ignores_tickets_it_does_not_know) {
    pacer one({30s, 10s}, origin);
    const auto ticket = one.start(origin, 0);
    one.finish(99, standing::settled, origin, 0);
    EXPECT_EQ(one.stands(), standing::failing);
    one.finish(ticket.number, standing::settled, origin, 0);
    one.finish(ticket.number, standing::failing, origin, 0);
    EXPECT_EQ(one.stands(), standing::settled);
}

TEST(pacer, takes_a_shorter_interval_at_once) {
    pacer one({30s, 10s}, origin);
    one.finish(one.start(origin, 0).number, standing::settled, origin, 0);
    one.configure({2s, 1s}, origin + 1s);
    EXPECT_EQ(one.due(), origin + 3s);
}

// Whatever the probes do and however long they take: at most two are in flight, and for the first two minutes
// a chance to see the backend ready comes at least every 0.88 s.
TEST(pacer, holds_its_promises_in_random_runs) {
    std::mt19937 dice(20260901);
    std::uniform_real_distribution<double> jitter(-1.0, 1.0);
    for (int run = 0; run < 300; ++run) {
        const pacer::limits limits{30s, milliseconds{std::uniform_int_distribution<int>(100, 12'000)(dice)}};
        pacer one(limits, origin);
        struct flight {
            std::uint64_t number;
            steady_time ends;
        };
        std::vector<flight> flights;
        steady_time now = origin;
        steady_time last_start = origin;
        while (now < origin + minutes{2}) {
            const auto ending =
                std::min_element(flights.begin(), flights.end(),
                                 [](const flight& a, const flight& b) { return a.ends < b.ends; });
            const steady_time due = std::max(one.due(), now);
            if (ending != flights.end() && ending->ends <= due) {
                now = ending->ends;
                one.finish(ending->number, standing::failing, now, jitter(dice));
                flights.erase(ending);
                continue;
            }
            ASSERT_NE(one.due(), steady_time::max()) << "nothing will ever happen again";
            now = due;
            ASSERT_LE(now - last_start, std::max<steady_time::duration>(880ms, 0ms));
            const auto ticket = one.start(now, jitter(dice));
            last_start = now;
            ASSERT_LE(ticket.patience, limits.timeout);
            const auto share = std::uniform_int_distribution<long>(0, 3)(dice);
            const auto takes =
                share == 0 ? ticket.patience : ticket.patience * share / 4; // 0: runs out of time
            flights.push_back({ticket.number, now + takes});
            ASSERT_LE(flights.size(), 2U);
            ASSERT_EQ(one.in_flight(), flights.size());
        }
    }
}

} // namespace
} // namespace health
