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

std::optional<probe_memory> tracker::replace(std::string_view name, std::string url, const moment& now) {
    auto session = remove(name);
    add(std::string(name), std::move(url), now);
    return session;
}

std::optional<probe_memory> tracker::remove(std::string_view name) {
    const auto found = entries_.find(name);
    if (found == entries_.end())
        return std::nullopt;
    auto session = session_of(found->second.memory);
    unlist(found);
    entries_.erase(found);
    return session;
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
    if (one.listed != steady_time::max())
        due_.emplace(one.listed, at->first);
    in_flight_ += one.flying;
}

void tracker::unlist(table::iterator at) {
    entry& one = at->second;
    if (one.listed != steady_time::max())
        due_.erase({one.listed, at->first});
    in_flight_ -= one.flying;
    one.listed = steady_time::max();
    one.flying = 0;
}

steady_time tracker::next_due() const noexcept {
    return due_.empty() || in_flight_ >= settings_.max_probes ? steady_time::max() : due_.begin()->first;
}

std::vector<probe_order> tracker::start_due(steady_time now, double jitter) {
    std::vector<table::iterator> chosen;
    const std::size_t free = settings_.max_probes > in_flight_ ? settings_.max_probes - in_flight_ : 0;
    for (const auto& [since, name] : due_) {
        if (since > now || chosen.size() == free)
            break;
        chosen.push_back(entries_.find(name));
    }
    std::vector<probe_order> orders;
    for (const auto at : chosen) {
        entry& one = at->second;
        const pacer::ticket ticket = one.pace.start(now, jitter);
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
    keep_memory(one, order, result, out.orphans);
    one.pace.finish(order.ticket.number, one.health.stands(), now.at, jitter);
    relist(at);
    return out;
}

// Decides what the next probe may build on.
void tracker::keep_memory(entry& of, const probe_order& order, const probe_result& result,
                          std::vector<probe_memory>& orphans) {
    const bool success = result.met.what == finding::success;
    const bool same_session = result.memory.session_id == of.memory.session_id;
    const auto orphan = [&](const probe_memory& memory) {
        if (!memory.session_id.empty() && memory.session_id != result.lost_session)
            orphans.push_back(memory);
    };
    if (success) {
        const std::uint64_t next_id = same_session ? std::max(of.memory.next_id, result.memory.next_id) : 0;
        if (!same_session)
            orphan(of.memory);
        of.memory = result.memory;
        of.memory.next_id = std::max(of.memory.next_id, next_id);
    } else if (result.memory.proved == era::unknown && of.memory.session_id == order.memory.session_id) {
        of.memory = {}; // the probe found that what it began with does not hold
    } else if (result.memory.session_id != order.memory.session_id && !same_session) {
        orphan(result.memory); // opened a session, and then failed
    }
    if (success && !of.before.session_id.empty()) {
        if (of.before.session_id != of.memory.session_id)
            orphan(of.before);
        of.before = {};
    }
    if (!of.health.routable() && of.memory.proved != era::unknown)
        of.before = std::exchange(of.memory, {});
}

change tracker::call_ended(std::string_view name, std::uint64_t generation, const evidence& met,
                           steady_time began, const moment& now, double jitter) {
    const auto at = find(name, generation);
    if (at == entries_.end()) {
        change dropped;
        dropped.stale = true;
        return dropped;
    }
    entry& one = at->second;
    change made = one.health.on_call(met, began, now);
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

std::uint64_t tracker::generation_of(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? 0 : found->second.generation;
}

std::vector<std::string> tracker::names() const {
    std::vector<std::string> all;
    all.reserve(entries_.size());
    for (const auto& [name, one] : entries_)
        all.push_back(name);
    return all;
}

std::vector<std::pair<std::string, probe_memory>> tracker::sessions() const {
    std::vector<std::pair<std::string, probe_memory>> open;
    for (const auto& [name, one] : entries_)
        if (!one.memory.session_id.empty())
            open.emplace_back(name, one.memory);
    return open;
}

tracker::table::iterator tracker::find(std::string_view name, std::uint64_t generation) {
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.generation == generation ? found : entries_.end();
}

} // namespace health
