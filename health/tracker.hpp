// All backends' health in one table: one entry per backend definition, its generation, its probes, its state.
#pragma once

#include "health/moment.hpp"
#include "health/probe_machine.hpp"
#include "health/record.hpp"
#include "health/schedule.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace health {

struct tracker_settings {
    record_settings record{};
    pacer::limits pace{}; // healthCheckInterval, healthCheckTimeout
    // In flight at once, all backends together. Backends that say nothing must not hold up the others: those whose
    // last probe met silence get three quarters of the places; of all, half may be held by patient probes of
    // backends that were not judged yet, and a quarter by those that were found down. Where no such place is free,
    // a quick probe is made instead.
    std::size_t max_probes = 256;
    friend bool operator==(const tracker_settings&, const tracker_settings&) = default;
};

// A probe to run now.
struct probe_order {
    std::string name{};
    std::uint64_t generation = 0;
    pacer::ticket ticket{};
    probe_memory memory{};
    steady_time began{};
    steady_time deadline{};
    friend bool operator==(const probe_order&, const probe_order&) = default;
};

// What the end of a probe changed. `orphans` are sessions that the monitor opened and does not use any more:
// end each with a goodbye probe to the definition of the order that was finished.
struct probe_outcome {
    change changed{};
    std::vector<probe_memory> orphans{};
    friend bool operator==(const probe_outcome&, const probe_outcome&) = default;
};

// Generations are never used twice, not even when a backend is removed and added again under its name: a
// result that comes late finds no entry and changes nothing.
//
// How to drive it (one thread, or one lock around it; no function blocks):
//   at start and on each reload: add(), remove(), configure(); a changed definition is removed and added;
//   a timer at next_due(): for each order of start_due() run one probe_machine over a new stream, with the
//   definition of that generation; when it finishes, finish_probe();
//   each live call that ended: call_ended(); a call that finds its backend down: want_probe();
//   after each of these: log `moved`, on `recovered` refresh the backend's lists, on `proved` close its circuit, on
//   `want_probe` nothing (it is done inside), and publish a new overview from status_of().
// `jitter` is a fresh random number in [-1, 1] for each call.
class tracker {
public:
    explicit tracker(tracker_settings settings) : settings_(settings) {}

    // A backend joins, in state unknown; its first probe is due now. Replaces an entry of the same name.
    // Returns the generation.
    std::uint64_t add(std::string name, std::string url, const moment& now);

    // A backend leaves, or vmcp stops: no probe, no row, no result from now on. Returns the sessions to be ended:
    // that in use, and that of the time before an outage.
    std::vector<probe_memory> remove(std::string_view name);

    void configure(tracker_settings settings, steady_time now);

    // When start_due() has something to do next; time_point::max(): not before a probe ends or the table
    // changes.
    [[nodiscard]] steady_time next_due() const noexcept;

    // The probes to start now, as many as `max_probes` allows: those due longest first, silent backends after the others.
    [[nodiscard]] std::vector<probe_order> start_due(steady_time now, double jitter);

    [[nodiscard]] probe_outcome finish_probe(const probe_order& order, const probe_result& result,
                                             const moment& now, double jitter);

    // A live call to that generation of the backend ended; `began` as in record::on_call.
    [[nodiscard]] change call_ended(std::string_view name, std::uint64_t generation, const evidence& evidence,
                                    steady_time began, const moment& now, double jitter);

    // A verdict is needed now: the next probe starts as soon as 100 ms have passed since the last one
    // started.
    void want_probe(std::string_view name, steady_time now);

    [[nodiscard]] std::optional<record_status> status_of(std::string_view name) const;
    [[nodiscard]] std::size_t probes_in_flight() const noexcept { return in_flight_; }

private:
    struct entry {
        std::uint64_t generation;
        record health;
        pacer pace;
        probe_memory memory{}; // of a routable backend
        probe_memory before{}; // of the time before it was lost: ended when the backend is back
        // As due_ and in_flight_ know it.
        steady_time listed = steady_time::max();
        unsigned flying = 0;
        unsigned waiting = 0;      // patient ones among them
        bool silent = false;       // its last probe met no answer
        bool among_silent = false; // which list it is in
    };
    using table = std::map<std::string, entry, std::less<>>;
    using due_list = std::set<std::pair<steady_time, std::string_view>>; // keys of entries_

    table::iterator find(std::string_view name, std::uint64_t generation);
    // After every change of an entry's pace: with a thousand backends the table cannot be searched each time.
    void relist(table::iterator at);
    void unlist(table::iterator at);
    [[nodiscard]] due_list& list_of(const entry& one) noexcept {
        return one.among_silent ? due_silent_ : due_;
    }
    [[nodiscard]] std::size_t places_for_silent() const noexcept;
    [[nodiscard]] bool may_wait(const entry& one) const noexcept;
    void keep_memory(entry& one, const probe_order& order, const probe_result& result,
                     std::vector<probe_memory>& orphans);

    tracker_settings settings_;
    table entries_{};
    due_list due_{}; // of those that are due some time
    due_list due_silent_{};
    std::size_t in_flight_ = 0;
    std::size_t patient_ = 0; // in flight
    std::uint64_t last_generation_ = 0;
};

} // namespace health
