// The table of backends: orders out, results in, old generations dropped.
#include "health/tracker.hpp"

#include <algorithm>
#include <utility>

namespace health {
namespace {

// A probe needs at most three ids of the session it begins with; probes in flight together must not share
// any.
constexpr std::uint64_t ids_per_probe = 4;

std::optional<probe_memory> session_of(const probe_memory& memory) {
    return memory.session_id.empty() ? std::nullopt : std::optional(memory);
}

} // namespace

std::uint64_t tracker::add(std::string name, std::string url, const moment& now) {
    const std::uint64_t generation = ++last_generation_;
    if (const auto old = entries_.find(name); old != entries_.end())
        unlist(old);
    entry fresh{generation, record(std::move(url), settings_.record, now), pacer(settings_.pace, now.at)};
    relist(entries_.insert_or_assign(std::move(name), std::move(fresh)).first);
    return generation;
}

std::vector<probe_memory> tracker::remove(std::string_view name) {
    std::vector<probe_memory> sessions;
    const auto found = entries_.find(name);
    if (found == entries_.end())
        return sessions;
    for (const probe_memory* one : {&found->second.memory, &found->second.before})
        if (!one->session_id.empty())
            sessions.push_back(*one);
    unlist(found);
    entries_.erase(found);
    return sessions;
}

void tracker::configure(tracker_settings settings, steady_time now) {
    settings_ = settings;
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
        at->second.health.configure(settings.record);
        at->second.pace.configure(settings.pace, now);
        relist(at);
    }
}

void tracker::relist(table::iterator at) {
    unlist(at);
    entry& one = at->second;
    one.listed = one.pace.due();
    one.flying = one.pace.in_flight();
    one.waiting = one.pace.patient_in_flight();
    // One that has not ended its probe yet may be silent as well.
    one.among_silent = one.silent || one.flying > 0;
    if (one.listed != steady_time::max())
        list_of(one).emplace(one.listed, at->first);
    in_flight_ += one.flying;
    patient_ += one.waiting;
}

void tracker::unlist(table::iterator at) {
    entry& one = at->second;
    if (one.listed != steady_time::max())
        list_of(one).erase({one.listed, at->first});
    in_flight_ -= one.flying;
    patient_ -= one.waiting;
    one.listed = steady_time::max();
    one.flying = 0;
    one.waiting = 0;
}

std::size_t tracker::places_for_silent() const noexcept {
    return std::max<std::size_t>(settings_.max_probes * 3 / 4, 1);
}

bool tracker::may_wait(const entry& one) const noexcept {
    if (one.pace.stands() == standing::settled)
        return true;
    const std::size_t share = one.health.now() == state::unknown ? 2 : 4;
    return patient_ < std::max<std::size_t>(settings_.max_probes / share, 1);
}

steady_time tracker::next_due() const noexcept {
    steady_time soonest = steady_time::max();
    if (in_flight_ < settings_.max_probes && !due_.empty())
        soonest = due_.begin()->first;
    if (in_flight_ < places_for_silent() && !due_silent_.empty())
        soonest = std::min(soonest, due_silent_.begin()->first);
    return soonest;
}

std::vector<probe_order> tracker::start_due(steady_time now, double jitter) {
    std::vector<table::iterator> chosen;
    const auto choose = [&](const due_list& from, std::size_t places) {
        for (const auto& [since, name] : from) {
            if (since > now || in_flight_ + chosen.size() >= places)
                break;
            chosen.push_back(entries_.find(name));
        }
    };
    choose(due_, settings_.max_probes);
    choose(due_silent_, places_for_silent());
    std::vector<probe_order> orders;
    for (const auto at : chosen) {
        entry& one = at->second;
        const pacer::ticket ticket = one.pace.start(now, jitter, may_wait(one));
        orders.push_back({at->first, one.generation, ticket, one.memory, now, now + ticket.patience});
        one.memory.next_id += ids_per_probe;
        relist(at);
    }
    return orders;
}

probe_outcome tracker::finish_probe(const probe_order& order, const probe_result& result, const moment& now,
                                    double jitter) {
    probe_outcome out;
    const auto at = find(order.name, order.generation);
    if (at == entries_.end()) {
        out.changed.stale = true;
        if (result.memory.session_id != order.memory.session_id)
            if (auto session = session_of(result.memory))
                out.orphans.push_back(std::move(*session));
        return out;
    }
    entry& one = at->second;
    if (result.reinitialised && result.met.what == finding::success)
        one.health.count_reinitialised();
    if (result.met.what == finding::timeout && !order.ticket.patient)
        one.health.on_no_verdict(result.met, now);
    else
        out.changed = one.health.on_probe(result.met, result.revision, order.began, now);
    if (result.met.what != finding::cancelled)
        one.silent = result.met.what == finding::timeout;
    keep_memory(one, order, result, out.orphans);
    one.pace.finish(order.ticket.number, one.health.stands(), now.at, jitter);
    relist(at);
    return out;
}

// Decides what the next probe may build on.
void tracker::keep_memory(entry& one, const probe_order& order, const probe_result& result,
                          std::vector<probe_memory>& orphans) {
    const bool success = result.met.what == finding::success;
    const bool same_session = result.memory.session_id == one.memory.session_id;
    const auto orphan = [&](const probe_memory& memory) {
        if (!memory.session_id.empty() && memory.session_id != result.lost_session)
            orphans.push_back(memory);
    };
    if (success) {
        const std::uint64_t next_id = same_session ? std::max(one.memory.next_id, result.memory.next_id) : 0;
        if (!same_session)
            orphan(one.memory);
        one.memory = result.memory;
        one.memory.next_id = std::max(one.memory.next_id, next_id);
    } else if (result.memory.proved == era::unknown && one.memory.session_id == order.memory.session_id) {
        // The probe found that what it began with does not hold. The session may be there all the same.
        if (one.memory.session_id != result.lost_session)
            orphan(std::exchange(one.before, one.memory));
        one.memory = {};
    } else if (result.memory.session_id != order.memory.session_id && !same_session) {
        orphan(result.memory); // opened a session, and then failed
    }
    if (success && !one.before.session_id.empty()) {
        if (one.before.session_id != one.memory.session_id)
            orphan(one.before);
        one.before = {};
    }
    if (!one.health.routable() && one.memory.proved != era::unknown)
        one.before = std::exchange(one.memory, {});
}

change tracker::call_ended(std::string_view name, std::uint64_t generation, const evidence& evidence,
                           steady_time began, const moment& now, double jitter) {
    const auto at = find(name, generation);
    if (at == entries_.end()) {
        change dropped;
        dropped.stale = true;
        return dropped;
    }
    entry& one = at->second;
    change made = one.health.on_call(evidence, began, now);
    if (!one.health.routable() && one.memory.proved != era::unknown)
        one.before = std::exchange(one.memory, {});
    one.pace.settle(one.health.stands(), now.at, jitter);
    if (made.want_probe)
        one.pace.wanted(now.at);
    relist(at);
    return made;
}

void tracker::want_probe(std::string_view name, steady_time now) {
    const auto found = entries_.find(name);
    if (found == entries_.end())
        return;
    found->second.pace.wanted(now);
    relist(found);
}

std::optional<record_status> tracker::status_of(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? std::nullopt : std::optional(found->second.health.status());
}

tracker::table::iterator tracker::find(std::string_view name, std::uint64_t generation) {
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.generation == generation ? found : entries_.end();
}

} // namespace health
