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
    entry fresh{generation, record(std::move(url), settings_.record, now), pacer(settings_.pace, now.at)};
    entries_.insert_or_assign(std::move(name), std::move(fresh));
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
    entries_.erase(found);
    return session;
}

void tracker::configure(tracker_settings settings, steady_time now) {
    settings_ = settings;
    for (auto& [name, one] : entries_) {
        one.health.configure(settings.record);
        one.pace.configure(settings.pace, now);
    }
}

steady_time tracker::next_due() const noexcept {
    steady_time soonest = steady_time::max();
    if (probes_in_flight() >= settings_.max_probes)
        return soonest;
    for (const auto& [name, one] : entries_)
        soonest = std::min(soonest, one.pace.due());
    return soonest;
}

std::vector<probe_order> tracker::start_due(steady_time now, double jitter) {
    std::vector<std::pair<steady_time, decltype(entries_)::iterator>> due;
    for (auto at = entries_.begin(); at != entries_.end(); ++at)
        if (at->second.pace.due() <= now)
            due.emplace_back(at->second.pace.due(), at);
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->first < b.second->first;
    });
    const std::size_t in_flight = probes_in_flight();
    const std::size_t free = settings_.max_probes > in_flight ? settings_.max_probes - in_flight : 0;
    std::vector<probe_order> orders;
    for (const auto& [since, at] : due) {
        if (orders.size() == free)
            break;
        entry& one = at->second;
        const pacer::ticket ticket = one.pace.start(now, jitter);
        orders.push_back({at->first, one.generation, ticket, one.memory, now, now + ticket.patience});
        one.memory.next_id += ids_per_probe;
    }
    return orders;
}

probe_outcome tracker::finish_probe(const probe_order& order, const probe_result& result, const moment& now,
                                    double jitter) {
    probe_outcome out;
    entry* const one = find(order.name, order.generation);
    if (one == nullptr) {
        out.changed.stale = true;
        if (result.memory.session_id != order.memory.session_id)
            if (auto session = session_of(result.memory))
                out.orphans.push_back(std::move(*session));
        return out;
    }
    if (result.reinitialised && result.met.what == finding::success)
        one->health.count_reinitialised();
    if (result.met.what == finding::timeout && !order.ticket.patient)
        one->health.on_no_verdict(result.met, now);
    else
        out.changed = one->health.on_probe(result.met, result.revision, order.began, now);
    keep_memory(*one, order, result, out.orphans);
    one->pace.finish(order.ticket.number, one->health.stands(), now.at, jitter);
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
    entry* const one = find(name, generation);
    if (one == nullptr) {
        change dropped;
        dropped.stale = true;
        return dropped;
    }
    change made = one->health.on_call(met, began, now);
    if (!one->health.routable() && one->memory.proved != era::unknown)
        one->before = std::exchange(one->memory, {});
    one->pace.settle(one->health.stands(), now.at, jitter);
    if (made.want_probe)
        one->pace.wanted(now.at);
    return made;
}

void tracker::want_probe(std::string_view name, steady_time now) {
    if (const auto found = entries_.find(name); found != entries_.end())
        found->second.pace.wanted(now);
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

std::size_t tracker::probes_in_flight() const noexcept {
    std::size_t count = 0;
    for (const auto& [name, one] : entries_)
        count += one.pace.in_flight();
    return count;
}

std::vector<std::pair<std::string, probe_memory>> tracker::sessions() const {
    std::vector<std::pair<std::string, probe_memory>> open;
    for (const auto& [name, one] : entries_)
        if (!one.memory.session_id.empty())
            open.emplace_back(name, one.memory);
    return open;
}

tracker::entry* tracker::find(std::string_view name, std::uint64_t generation) {
    const auto found = entries_.find(name);
    return found == entries_.end() || found->second.generation != generation ? nullptr : &found->second;
}

} // namespace health
