// The whole of health monitoring but its sockets, in virtual time: backends that start late, hang, change,
// leave.
#include "health/tracker.hpp"
#include "probe_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

namespace health::test {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A backend whose behaviour changes at given times; "good" is a working legacy server.
struct fake_backend {
    std::vector<std::pair<microseconds, std::string>> modes{{0ms, "good"}}; // since when
    milliseconds answers_after{1};
    legacy_server server{};
    std::vector<microseconds> probed{}; // when a probe reached it
    unsigned sessions = 0;

    [[nodiscard]] std::string mode(microseconds now) const {
        std::string current = modes.front().second;
        for (const auto& [since, name] : modes)
            if (since <= now)
                current = name;
        return current;
    }
};

// Runs a tracker as the monitor will: timers, probes and their ends, in order of time.
class simulation {
public:
    explicit simulation(tracker_settings settings = {}, unsigned seed = 1) : table(settings), dice_(seed) {}

    void add(const std::string& name, fake_backend backend) {
        backends[name] = std::move(backend);
        generations[name] = table.add(name, "http://" + name + "/mcp", at(now));
    }

    void run_until(microseconds end) {
        for (unsigned guard = 0; guard < 2'000'000; ++guard) {
            const auto due = std::max(microseconds{0}, since(table.next_due()));
            const auto ending =
                std::min_element(flights_.begin(), flights_.end(),
                                 [](const flight& a, const flight& b) { return a.ends < b.ends; });
            const bool ends = ending != flights_.end() && ending->ends <= due;
            const microseconds next = ends ? ending->ends : due;
            if (next > end)
                break;
            now = std::max(now, next);
            if (ends)
                finish(ending);
            else
                start();
        }
        now = end;
    }

    [[nodiscard]] record_status status(const std::string& name) const {
        return table.status_of(name).value();
    }
    [[nodiscard]] state state_of(const std::string& name) const { return status(name).now; }

    tracker table;
    std::map<std::string, fake_backend> backends{};
    std::map<std::string, std::uint64_t> generations{};
    microseconds now{0};
    std::vector<std::string> log{};      // transitions
    std::vector<std::string> goodbyes{}; // sessions that were to be ended
    std::map<std::string, microseconds> healthy_at{};
    std::size_t most_in_flight = 0;

private:
    struct flight {
        probe_order order;
        probe_result result;
        microseconds ends;
    };

    static microseconds since(steady_time time) {
        if (time == steady_time::max())
            return microseconds::max();
        return std::chrono::duration_cast<microseconds>(time - origin);
    }

    double jitter() { return std::uniform_real_distribution<double>(-1.0, 1.0)(dice_); }

    void start() {
        for (probe_order& order : table.start_due(at(now).at, jitter())) {
            fake_backend& backend = backends[order.name];
            backend.probed.push_back(now);
            network net;
            net.step = backend.answers_after;
            const std::string mode = backend.mode(now);
            if (mode == "refused")
                net.connect = [](const std::string&) {
                    return problem(finding::refused, "Connection refused");
                };
            net.server = [&](const probe_request& request) -> reply {
                if (mode != "good")
                    return reply_in_mode(mode);
                backend.server.session = "s-" + std::to_string(backend.sessions + 1);
                if (request.step == probe_step::initialize)
                    ++backend.sessions;
                return backend.server(request);
            };
            auto ran = run(probe_machine({}, order.memory), net, order.began,
                           std::chrono::duration_cast<milliseconds>(order.deadline - order.began));
            flights_.push_back({std::move(order), std::move(ran.result), since(ran.ended)});
        }
        most_in_flight = std::max(most_in_flight, flights_.size());
        EXPECT_LE(table.probes_in_flight(), flights_.size());
    }

    void finish(std::vector<flight>::iterator which) {
        const flight done = std::move(*which);
        flights_.erase(which);
        const probe_outcome out = table.finish_probe(done.order, done.result, at(now), jitter());
        if (out.changed.moved) {
            log.push_back(fmt::format("{}: {} -> {}", done.order.name, name_of(out.changed.moved->from),
                                      name_of(out.changed.moved->to)));
            if (out.changed.moved->to == state::healthy)
                healthy_at[done.order.name] = now;
        }
        for (const probe_memory& orphan : out.orphans)
            goodbyes.push_back(done.order.name + " " + orphan.session_id);
    }

    std::mt19937 dice_;
    std::vector<flight> flights_{};
};

tracker_settings quick_settings() {
    tracker_settings settings;
    settings.pace = {1s, 500ms};
    return settings;
}

// The founding bug: twenty seconds of wrong answers at the default interval of thirty.
TEST(monitoring, finds_a_late_backend_within_a_second_at_defaults) {
    for (const auto& [mode, finding] : failure_modes()) {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            const microseconds ready = 20s + seed * 37ms;
            simulation sim({}, seed);
            fake_backend backend;
            backend.modes = {{0ms, mode}, {ready, "good"}};
            sim.add("b1", backend);
            sim.run_until(ready - 1ms);
            EXPECT_NE(sim.state_of("b1"), state::healthy) << mode;
            sim.run_until(ready + 1s);
            const record_status status = sim.status("b1");
            ASSERT_EQ(status.now, state::healthy) << mode << " seed " << seed << ": " << status.reason;
            EXPECT_EQ(status.consecutive_failures, 0U) << mode;
            EXPECT_EQ(status.category, "") << mode;
            // And it stays so: nothing that hung from before may take it down again.
            const auto transitions = status.transitions;
            sim.run_until(ready + minutes{5});
            EXPECT_EQ(sim.state_of("b1"), state::healthy) << mode;
            EXPECT_EQ(sim.status("b1").transitions, transitions) << mode;
        }
    }
}

TEST(monitoring, recovers_within_an_interval_at_short_settings) {
    for (const auto& [mode, finding] : failure_modes()) {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            simulation sim(quick_settings(), seed);
            fake_backend backend;
            backend.modes = {{0ms, "good"}, {3s, mode}, {9s, "good"}};
            sim.add("b1", backend);
            sim.run_until(9s - 1ms);
            if (mode == "429")
                EXPECT_EQ(sim.state_of("b1"), state::degraded);
            else
                EXPECT_EQ(sim.state_of("b1"), mode == "403" ? state::unauthenticated : state::unhealthy)
                    << mode;
            // 429 was no failure, so the next regular probe finds it.
            sim.run_until(10s + (mode == "429" ? 150ms : 0ms));
            EXPECT_EQ(sim.state_of("b1"), state::healthy) << mode << " seed " << seed;
            EXPECT_EQ(sim.status("b1").consecutive_failures, 0U);
        }
    }
}

TEST(monitoring, notices_a_dead_backend_quickly) {
    simulation sim;
    fake_backend backend;
    backend.modes = {{0ms, "good"}, {10s, "refused"}};
    sim.add("b1", backend);
    sim.run_until(44s); // one interval and a bit
    EXPECT_EQ(sim.state_of("b1"), state::unhealthy);
    EXPECT_THAT(sim.log, ElementsAre("b1: unknown -> healthy", "b1: healthy -> unhealthy"));
}

TEST(monitoring, of_a_healthy_backend_is_one_ping_per_interval_in_one_session) {
    simulation sim;
    sim.add("b1", {});
    sim.run_until(minutes{10});
    const auto& seen = sim.backends["b1"].server.seen;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), "initialize"), 1);
    const auto pings = std::count(seen.begin(), seen.end(), "ping s-1");
    EXPECT_GE(pings, 18);
    EXPECT_LE(pings, 23);
    EXPECT_EQ(static_cast<std::size_t>(pings) + 2, seen.size()); // and nothing else
    EXPECT_EQ(sim.status("b1").reinitialised, 0U);
}

TEST(monitoring, reopens_a_lost_session_within_one_probe) {
    simulation sim;
    sim.add("b1", {});
    sim.run_until(40s);
    sim.backends["b1"].server.live.clear(); // restarted
    sim.run_until(minutes{2});
    EXPECT_EQ(sim.status("b1").reinitialised, 1U);
    EXPECT_THAT(sim.log, ElementsAre("b1: unknown -> healthy"));
    EXPECT_THAT(sim.goodbyes, IsEmpty()); // the old one is gone, there is nothing to end
}

TEST(monitoring, ends_the_session_it_had_before_an_outage) {
    simulation sim(quick_settings());
    fake_backend backend;
    backend.modes = {{0ms, "good"}, {5s, "hang"}, {15s, "good"}};
    sim.add("b1", backend);
    sim.run_until(20s);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    EXPECT_THAT(sim.goodbyes, ElementsAre("b1 s-1"));
    const auto left = sim.table.remove("b1");
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].session_id, "s-2");
}

// Also while the backend is down: the session may be there still, and is ended as far as that can be.
TEST(monitoring, gives_the_session_of_before_an_outage_back_when_the_backend_leaves) {
    simulation sim(quick_settings());
    fake_backend backend;
    backend.modes = {{0ms, "good"}, {5s, "503"}};
    sim.add("b1", backend);
    sim.run_until(15s);
    ASSERT_EQ(sim.state_of("b1"), state::unhealthy);
    const auto left = sim.table.remove("b1");
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].session_id, "s-1");
}

// A session that answered a ping with 503 is given up, but nobody said that it is gone.
TEST(monitoring, ends_a_session_that_it_gives_up) {
    simulation sim;
    fake_backend backend;
    backend.modes = {{0ms, "good"}};
    sim.add("b1", backend);
    sim.run_until(1s);
    tracker& table = sim.table;
    auto order = table.start_due(table.next_due(), 0).at(0);
    probe_result renewed;
    renewed.memory = {era::legacy, "s-9", "2025-06-18", 2};
    renewed.reinitialised = true;
    const auto out = table.finish_probe(order, renewed, at(40s), 0);
    ASSERT_EQ(out.orphans.size(), 1U);
    EXPECT_EQ(out.orphans[0].session_id, "s-1");
    // And where no new one could be opened: when the backend leaves, or is back.
    order = table.start_due(table.next_due(), 0).at(0);
    probe_result failed;
    failed.met = evidence_of_status(503, "", "");
    failed.reinitialised = true;
    EXPECT_THAT(table.finish_probe(order, failed, at(80s), 0).orphans, IsEmpty());
    EXPECT_EQ(table.remove("b1").at(0).session_id, "s-9");
}

// Many backends that say nothing: the others are found as fast as ever.
TEST(monitoring, is_not_held_up_by_silent_backends) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        simulation sim({}, seed);
        fake_backend silent;
        silent.modes = {{0ms, "hang"}};
        sim.add("fine", {});
        for (int i = 0; i < 400; ++i)
            sim.add("h" + std::to_string(i), silent);
        fake_backend late;
        late.modes = {{0ms, "404"}, {12s, "good"}};
        sim.add("late", late);
        sim.run_until(2500ms);
        EXPECT_EQ(sim.state_of("fine"), state::healthy);
        EXPECT_EQ(sim.state_of("late"), state::unhealthy) << "not asked before " << seed;
        sim.run_until(13s);
        EXPECT_EQ(sim.state_of("late"), state::healthy) << "seed " << seed;
        sim.run_until(minutes{2});
        EXPECT_LE(sim.most_in_flight, 256U);
        EXPECT_GE(sim.backends["fine"].probed.size(), 4U);
        for (int i = 0; i < 400; ++i)
            ASSERT_EQ(sim.state_of("h" + std::to_string(i)), state::unhealthy) << i << " seed " << seed;
    }
}

TEST(monitoring, finds_a_slow_backend_degraded_and_not_dead) {
    simulation sim;
    fake_backend backend;
    backend.answers_after = 1200ms; // per action: six seconds for all
    sim.add("b1", backend);
    sim.run_until(30s);
    EXPECT_EQ(sim.state_of("b1"), state::degraded);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 0U);
}

// Beside the patient probe go quick ones, and their impatience must not be held against the backend.
TEST(monitoring, does_not_blame_a_slow_backend_for_impatient_probes) {
    simulation sim;
    fake_backend backend;
    backend.answers_after = 700ms; // per action: two seconds for a ping
    sim.add("b1", backend);
    sim.run_until(20s);
    ASSERT_EQ(sim.state_of("b1"), state::healthy);
    const auto before = sim.backends["b1"].probed.size();
    (void)sim.table.call_ended("b1", sim.generations["b1"], problem(finding::reset), at(20s).at, at(20s), 0);
    sim.run_until(60s);
    EXPECT_GE(sim.backends["b1"].probed.size(), before + 3); // the patient one and quick ones
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 0U);
    EXPECT_THAT(sim.log, ElementsAre("b1: unknown -> healthy"));
}

TEST(monitoring, never_uses_an_id_twice_in_a_session) {
    tracker table({});
    const auto generation = table.add("b1", "http://b1/mcp", at(0ms));
    probe_result good;
    good.memory = {era::legacy, "s-1", "2025-06-18", 2};
    (void)table.finish_probe(table.start_due(at(0ms).at, 0).at(0), good, at(1ms), 0);
    (void)table.call_ended("b1", generation, problem(finding::reset), at(1s).at, at(1s), 0);
    const auto patient = table.start_due(at(1s).at, 0).at(0);
    const auto quick = table.start_due(table.next_due(), 0).at(0);
    EXPECT_EQ(patient.memory.session_id, "s-1");
    EXPECT_EQ(quick.memory.session_id, "s-1");
    EXPECT_GE(quick.memory.next_id, patient.memory.next_id + 3);
    good.memory = quick.memory;
    ++good.memory.next_id;
    (void)table.finish_probe(quick, good, at(1200ms), 0);
    good.memory = patient.memory; // ended later, with lower ids
    ++good.memory.next_id;
    (void)table.finish_probe(patient, good, at(1300ms), 0);
    EXPECT_GT(table.remove("b1").at(0).next_id, quick.memory.next_id);
}

TEST(monitoring, forgets_a_removed_backend_while_its_probe_hangs) {
    simulation sim(quick_settings());
    fake_backend backend;
    backend.modes = {{0ms, "hang"}};
    sim.add("b1", backend);
    sim.run_until(5200ms);
    ASSERT_EQ(sim.table.probes_in_flight(), 1U);
    EXPECT_THAT(sim.table.remove("b1"), IsEmpty());
    EXPECT_EQ(sim.table.status_of("b1"), std::nullopt);
    EXPECT_EQ(sim.table.next_due(), steady_time::max());
    const auto probed = sim.backends["b1"].probed.size();
    sim.run_until(minutes{1}); // its probe ends in here
    EXPECT_EQ(sim.table.status_of("b1"), std::nullopt);
    EXPECT_EQ(sim.backends["b1"].probed.size(), probed);

    // Under the same name again, with the old probe still on its way.
    sim.add("b1", backend);
    sim.run_until(minutes{1} + 100ms);
    ASSERT_EQ(sim.table.probes_in_flight(), 1U);
    (void)sim.table.remove("b1");
    sim.add("b1", {});
    EXPECT_EQ(sim.state_of("b1"), state::unknown);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 0U);
    sim.run_until(minutes{1} + 2s);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    EXPECT_EQ(sim.status("b1").transitions, 1U);
}

TEST(monitoring, ends_the_session_a_late_probe_opened_for_a_removed_backend) {
    simulation sim;
    fake_backend backend;
    backend.answers_after = 100ms;
    sim.add("b1", backend);
    sim.run_until(50ms);
    (void)sim.table.remove("b1");
    sim.run_until(20s);
    EXPECT_THAT(sim.goodbyes, ElementsAre("b1 s-1"));
    EXPECT_THAT(sim.log, IsEmpty());
}

// A changed definition: the old address is never asked again, and its answers do not count.
TEST(monitoring, starts_anew_when_a_definition_changes) {
    tracker table({});
    table.add("b1", "http://old/mcp", at(0ms));
    const auto old = table.start_due(at(0ms).at, 0).at(0);
    probe_result bad;
    bad.met = evidence_of_status(404, "", "");
    (void)table.finish_probe(old, bad, at(10ms), 0);
    ASSERT_EQ(table.status_of("b1")->now, state::unhealthy);
    const auto in_flight = table.start_due(table.next_due(), 0).at(0);

    EXPECT_THAT(table.remove("b1"), IsEmpty());
    table.add("b1", "http://new/mcp", at(200ms));
    EXPECT_EQ(table.status_of("b1")->now, state::unknown);
    EXPECT_EQ(table.status_of("b1")->consecutive_failures, 0U);
    EXPECT_EQ(table.next_due(), at(200ms).at); // at once
    const auto fresh = table.start_due(at(200ms).at, 0).at(0);
    EXPECT_NE(fresh.generation, old.generation);
    EXPECT_EQ(fresh.memory, probe_memory{});

    const auto late = table.finish_probe(in_flight, bad, at(300ms), 0);
    EXPECT_TRUE(late.changed.stale);
    EXPECT_EQ(table.status_of("b1")->now, state::unknown);
    EXPECT_TRUE(
        table.call_ended("b1", old.generation, problem(finding::reset), at(300ms).at, at(300ms), 0).stale);

    probe_result good;
    good.memory = {era::legacy, "s-9", "2025-06-18", 2};
    good.revision = "2025-06-18";
    EXPECT_TRUE(table.finish_probe(fresh, good, at(310ms), 0).changed.recovered);
    EXPECT_EQ(table.status_of("b1")->revision, "2025-06-18");
    EXPECT_EQ(table.remove("b1").at(0).session_id, "s-9");
}

TEST(monitoring, lets_live_calls_speak) {
    simulation sim;
    sim.add("b1", {});
    sim.run_until(1s);
    const auto generation = sim.generations["b1"];
    const auto call = [&](const evidence& evidence, microseconds when) {
        return sim.table.call_ended("b1", generation, evidence, at(when).at, at(when), 0);
    };
    // One broken call brings a probe at once, which finds nothing; a call that succeeds clears the backend.
    const auto probes = sim.backends["b1"].probed.size();
    EXPECT_TRUE(call(problem(finding::reset), 2s).want_probe);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 1U);
    EXPECT_EQ(sim.table.next_due(), at(2s).at);
    sim.run_until(2100ms);
    EXPECT_EQ(sim.backends["b1"].probed.size(), probes + 1);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 1U);
    (void)call({}, 2200ms);
    EXPECT_EQ(sim.status("b1").consecutive_failures, 0U);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    // Three in a row take it down, and a success brings it back.
    (void)call(problem(finding::timeout), 3000ms);
    (void)call(evidence_of_status(502, "", ""), 3200ms);
    const change down = call(problem(finding::reset), 3400ms);
    EXPECT_TRUE(down.lost);
    EXPECT_TRUE(call({}, 3450ms).recovered);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    // With probes in between it is degraded; without more calls it is healthy again after half a minute.
    for (int i = 0; i < 6; ++i) {
        sim.run_until(4s + i * 1s);
        (void)call(evidence_of_status(502, "", ""), sim.now);
    }
    EXPECT_EQ(sim.state_of("b1"), state::degraded);
    sim.run_until(38s);
    EXPECT_EQ(sim.state_of("b1"), state::degraded);
    sim.run_until(41s);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    EXPECT_EQ(sim.status("b1").transitions, 5U);
}

TEST(monitoring, of_hanging_backends_does_not_delay_the_others) {
    tracker_settings settings;
    settings.max_probes = 64;
    simulation sim(settings);
    for (int i = 0; i < 20; ++i) {
        fake_backend dead;
        dead.modes = {{0ms, "hang"}};
        sim.add("dead" + std::to_string(i), dead);
    }
    fake_backend late;
    late.modes = {{0ms, "404"}, {20s, "good"}};
    sim.add("late", late);
    sim.run_until(21s);
    EXPECT_EQ(sim.state_of("late"), state::healthy);
    EXPECT_LE(sim.most_in_flight, 64U);
}

TEST(monitoring, keeps_to_the_cap_on_probes_at_once) {
    tracker_settings settings;
    settings.max_probes = 10;
    simulation sim(settings);
    for (int i = 0; i < 500; ++i)
        sim.add("b" + std::to_string(i), {});
    sim.run_until(2s);
    EXPECT_LE(sim.most_in_flight, 10U);
    for (const auto& [name, generation] : sim.generations)
        ASSERT_EQ(sim.state_of(name), state::healthy) << name;
}

TEST(monitoring, of_ten_backends_started_in_any_order_ends_healthy_and_stays_so) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        std::mt19937 dice(seed);
        simulation sim({}, seed);
        std::map<std::string, microseconds> ready;
        for (int i = 0; i < 10; ++i) {
            const std::string name = "b" + std::to_string(i);
            const auto& mode = failure_modes()[dice() % failure_modes().size()].first;
            ready[name] = microseconds{std::uniform_int_distribution<int>(0, 30'000'000)(dice)};
            fake_backend backend;
            backend.modes = {{0ms, mode}, {ready[name], "good"}};
            sim.add(name, backend);
        }
        sim.run_until(minutes{3});
        for (const auto& [name, since] : ready) {
            ASSERT_EQ(sim.state_of(name), state::healthy) << name << " seed " << seed;
            ASSERT_LE(sim.healthy_at[name], since + 1s) << name << " seed " << seed;
            ASSERT_EQ(std::count(sim.log.begin(), sim.log.end(), name + ": healthy -> unhealthy"), 0);
        }
    }
}

TEST(monitoring, takes_new_settings_at_once) {
    simulation sim;
    fake_backend backend;
    backend.modes = {{0ms, "good"}, {5s, "refused"}};
    sim.add("b1", backend);
    sim.run_until(6s);
    EXPECT_EQ(sim.state_of("b1"), state::healthy);
    sim.table.configure({{1, 5s}, {1s, 500ms}, 256}, at(6s).at);
    sim.run_until(7100ms);
    EXPECT_EQ(sim.state_of("b1"), state::unhealthy);
}

// Adding, removing, replacing, probing and calling in any order: no row without a definition, no result
// without its generation, no probe beyond two per backend.
TEST(monitoring, keeps_its_invariants_in_random_runs) {
    std::mt19937 dice(5);
    const auto roll = [&](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice); };
    for (int run = 0; run < 50; ++run) {
        tracker_settings settings;
        settings.max_probes = 1 + static_cast<std::size_t>(roll(8));
        tracker table(settings);
        std::map<std::string, std::uint64_t> model;
        std::deque<probe_order> flights;
        microseconds now{0};
        for (int i = 0; i < 600; ++i) {
            now += milliseconds{roll(200)};
            const std::string name = "b" + std::to_string(roll(4));
            switch (roll(6)) {
            case 0:
                if (!model.contains(name))
                    model[name] = table.add(name, "http://x/", at(now));
                break;
            case 1:
                if (roll(4) == 0) {
                    (void)table.remove(name);
                    model.erase(name);
                }
                break;
            case 2:
                if (model.contains(name) && roll(4) == 0) {
                    (void)table.remove(name);
                    const auto generation = table.add(name, "http://y/", at(now));
                    ASSERT_GT(generation, model[name]);
                    model[name] = generation;
                }
                break;
            case 3:
                table.want_probe(name, at(now).at);
                break;
            case 4:
                for (auto& order : table.start_due(at(now).at, 0.3))
                    flights.push_back(std::move(order));
                break;
            default:
                if (flights.empty())
                    break;
                const auto which = flights.begin() + roll(static_cast<int>(flights.size()));
                const probe_order order = *which;
                flights.erase(which);
                const auto before = table.status_of(order.name);
                probe_result result;
                if (roll(2) == 0)
                    result.memory = {era::legacy, "s" + std::to_string(i), "2025-06-18", 2};
                else
                    result.met = problem(static_cast<finding>(1 + roll(11)));
                const auto out = table.finish_probe(order, result, at(now), -0.3);
                const bool current = model.contains(order.name) && model[order.name] == order.generation;
                if (!current) {
                    ASSERT_TRUE(out.changed.stale);
                    ASSERT_EQ(table.status_of(order.name), before);
                } else if (out.changed.stale) {
                    ASSERT_EQ(table.status_of(order.name)->now, before->now);
                }
            }
            ASSERT_LE(table.probes_in_flight(), settings.max_probes);
            std::map<std::string, int> per_backend;
            for (const auto& order : flights)
                if (model.contains(order.name) && model[order.name] == order.generation)
                    ASSERT_LE(++per_backend[order.name], 2);
            for (int b = 0; b < 4; ++b)
                ASSERT_EQ(table.status_of("b" + std::to_string(b)).has_value(),
                          model.contains("b" + std::to_string(b)));
        }
    }
}

} // namespace
} // namespace health::test
