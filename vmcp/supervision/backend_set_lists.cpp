// The lists of backends: when they are read, what is kept of a reading, and the snapshot made of all.
#include "vmcp/supervision/backend_set.hpp"

#include "health/schedule.hpp"
#include "health/status_json.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/service/list_changes.hpp"
#include "vmcp/supervision/member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vmcp {

namespace asio = boost::asio;
using boost::system::error_code;

// Reads a backend's lists whenever it has become healthy, says that they changed, or has not been asked for
// long.
asio::awaitable<void> backend_set::keep_lists(backend_set& self, std::shared_ptr<member> of) {
    constexpr std::chrono::milliseconds least_patience{5'000};
    co_await of->wait(std::chrono::hours(24 * 365)); // for the first sign of life
    while (!of->left) {
        const bool urgent = !of->shown;
        const auto patience =
            std::max(self.settings_->operational.failures.health_check_timeout, least_patience);
        of->reading = std::make_shared<list_reader>(self.control_, of->link,
                                                    urgent ? std::min(patience, of->definition.timeout)
                                                           : of->definition.timeout);
        const auto began = std::chrono::steady_clock::now();
        const auto read = co_await of->reading->run(urgent);
        const auto reader = std::exchange(of->reading, nullptr);
        if (of->left)
            break;
        const bool complete = read && self.take_lists(*of, *read);
        if (!read)
            self.lists_failed(of, read.error(), reader->met());
        else if (self.tracker_.status_of(of->definition.name)->now == health::state::unauthenticated)
            self.took(of, self.tracker_.call_ended(of->definition.name, of->generation, {}, began,
                                                   moment_now(), self.jitter()));
        co_await of->wait(self.rest_of_lists(*of, complete));
    }
}

// True when nothing is missing that may come by asking again.
bool backend_set::take_lists(member& of, const transport::list_reading& read) {
    auto lists = read.lists;
    bool complete = true;
    std::string problem;
    for (const auto& gap : read.missed) {
        auto& items = items_of(lists, gap.kind);
        if (of.lists) {
            items = items_of(*of.lists, gap.kind);
            std::ranges::copy_if(
                of.lists->dropped, std::back_inserter(lists.dropped),
                [&](const auto& entry) { return entry.kind == gap.kind && entry.name != gap.method; });
        }
        const auto what =
            fmt::format("{} failed: {}; {}", gap.method, gap.why.message(),
                        items.empty() ? "it contributes none" : "what it listed before is kept");
        problem += problem.empty() ? what : "; " + what;
        // An answer that is no list will not be another one in a moment.
        const bool passing = gap.why.code != errc::backend_protocol;
        complete = complete && !passing;
        if (passing || gap.kind == list_kind::tools)
            lists.dropped.push_back({gap.kind, gap.method, what});
    }
    if (!problem.empty() && problem != of.list_problem)
        log::warn("backend {}: {}", of.definition.name, problem);
    of.list_problem = problem;
    of.list_category.clear();
    of.list_throttled = false;
    if (of.withdrawn || !of.lists || *of.lists != lists) {
        of.lists = std::move(lists);
        of.withdrawn = false;
        publish_soon();
    }
    return complete;
}

void backend_set::lists_failed(const std::shared_ptr<member>& of, const failure& why,
                               const transport::call_facts& met) {
    if (why.code == errc::cancelled)
        return;
    const auto evidence = of->gate->evidence_of({.met = met}, why);
    auto problem =
        fmt::format("its lists cannot be read: {}", health::describe(evidence, of->definition.url));
    if (problem != of->list_problem)
        log::warn("backend {}: {}", of->definition.name, problem);
    of->list_problem = std::move(problem);
    of->list_category = health::category_of(evidence);
    of->list_throttled = evidence.status == 429;
    // Refused credentials are news wherever they are met; all else the monitor judges better.
    if (evidence.what == health::finding::auth_needed) {
        const auto now = moment_now();
        took(of, tracker_.call_ended(of->definition.name, of->generation, evidence, now.at, now, jitter()));
    }
}

// The time until lists are read again without a reason: what failed is asked for as often as a backend that is
// not healthy is probed, but not while it is down.
std::chrono::milliseconds backend_set::rest_of_lists(member& of, bool complete) {
    constexpr std::chrono::milliseconds overloaded{5'000};
    if (complete) {
        of.list_tries = 0;
        const auto rest = settings_->operational.catalog_refresh;
        return rest + std::chrono::milliseconds(
                          static_cast<std::int64_t>(jitter() * 0.1 * static_cast<double>(rest.count())));
    }
    const auto now = std::chrono::steady_clock::now();
    if (of.list_tries++ == 0)
        of.lists_failing_since = now;
    const auto status = tracker_.status_of(of.definition.name);
    if (!status || !health::takes_calls(status->now))
        return std::chrono::hours(24 * 365);
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - of.lists_failing_since);
    const auto stands = status->now == health::state::unauthenticated ? health::standing::locked_out
                                                                      : health::standing::failing;
    const auto pace =
        health::next_probe_delay({.stands = stands,
                                  .tries = of.list_tries,
                                  .since_settled = since,
                                  .interval = settings_->operational.failures.health_check_interval},
                                 jitter());
    return of.shown || of.list_throttled ? std::max(pace, overloaded) : pace;
}

// Changes of several backends within a moment become one merge.
void backend_set::publish_soon() {
    if (std::exchange(publish_pending_, true))
        return;
    publish_timer_.expires_after(std::chrono::milliseconds(10));
    publish_timer_.async_wait([this](error_code) {
        if (std::exchange(publish_pending_, false) && !stopping_)
            publish();
    });
}

// Says of each entry why it is gone.
backend_lists backend_set::withdrawn_lists(const member& of) const {
    backend_lists gone;
    gone.backend = of.definition.name;
    const auto status = tracker_.status_of(of.definition.name);
    const auto why = fmt::format("the backend is down since {}: {}", health::rfc3339(of.down_since.wall),
                                 status ? status->reason : std::string());
    auto lists = *of.lists;
    for (const auto kind : all_list_kinds)
        for (auto& item : items_of(lists, kind))
            gone.dropped.push_back({kind, std::move(item.key), why});
    return gone;
}

void backend_set::publish() {
    publish_pending_ = false;
    const auto before = current_.load();
    std::vector<backend_lists> lists;
    auto next = std::make_shared<snapshot>();
    next->settings = settings_;
    for (const auto& m : members_) {
        next->backends.push_back(m->link);
        m->shown = m->lists && !m->withdrawn;
        if (m->shown)
            lists.push_back(*m->lists);
        else if (m->lists)
            lists.push_back(withdrawn_lists(*m));
    }
    next->catalog = merge(*settings_, lists);
    next->views = std::make_shared<catalog_views>(next->catalog);
    if (std::ranges::any_of(members_, [](const auto& m) { return m->lists && !m->shown; })) {
        lists.clear();
        for (const auto& m : members_)
            if (m->lists)
                lists.push_back(*m->lists);
        next->withdrawn = merge(*settings_, lists);
    }
    current_.store(next);

    control_.spawn(announce(before, next), "telling clients that lists changed");
}

asio::awaitable<void> backend_set::announce(std::shared_ptr<const snapshot> before,
                                            std::shared_ptr<const snapshot> after) {
    const auto changes = co_await changes_between(before, after, policy_);
    if (!changes.any() || stopping_)
        co_return;
    const auto& known = before->catalog->hidden();
    for (const auto& hidden : after->catalog->hidden())
        if (const auto of = find(hidden.backend); of && of->withdrawn)
            continue; // it was logged that all of it is gone
        else if (std::ranges::find(known, hidden) == known.end())
            log::info("hidden: \"{}\" of backend {}: {}", hidden.name, hidden.backend, hidden.reason);
    sessions_.for_each([&](const auto& session) {
        if (const unsigned kinds = changes.of(session->policy_class()); kinds != 0)
            session->lists_changed(kinds);
    });
}

} // namespace vmcp
