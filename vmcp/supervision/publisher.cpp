#include "vmcp/supervision/publisher.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/service/list_changes.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

// What is hidden from now on, and why. Of a backend that is withdrawn as a whole that was told already.
void log_hidden(const snapshot& before, const snapshot& after, const std::set<std::string>& withdrawn) {
    const auto& known = before.catalog->hidden();
    for (const auto& hidden : after.catalog->hidden())
        if (!withdrawn.contains(hidden.backend) && std::ranges::find(known, hidden) == known.end())
            log::info("hidden: \"{}\" of backend {}: {}", hidden.name, hidden.backend, hidden.reason);
}

} // namespace

publisher::publisher(const control_thread& home, session_table& sessions, admission& policy,
                     session_catalogs& own, published<snapshot>& current, std::function<offering()> gather)
    : home_(home)
    , sessions_(sessions)
    , policy_(policy)
    , own_(own)
    , current_(current)
    , gather_(std::move(gather))
    , soon_(home.clock.make_alarm([this] { publish(); }, "publishing what is offered")) {
}

void publisher::publish_soon() {
    if (!std::exchange(pending_, true))
        soon_->set(home_.now().at + gathering);
}

void publisher::publish() {
    if (stopping_)
        return;
    pending_ = false;
    soon_->set(never);
    const auto offered = gather_();
    const auto before = current_.load();
    const auto after = make_snapshot(offered);
    shown_.clear();
    std::set<std::string> withdrawn;
    for (const auto& one : offered.backends)
        if (!one.withdrawn.empty())
            withdrawn.insert(one.name);
        else if (one.lists)
            shown_.insert(one.for_calls.get());
    current_.store(after);
    home_.spawn(announce(*this, before, after, std::move(withdrawn)), "telling clients that lists changed");
}

awaitable<void> publisher::announce(publisher& self, std::shared_ptr<const snapshot> before,
                                    std::shared_ptr<const snapshot> after, std::set<std::string> withdrawn) {
    self.sessions_.for_each([&](const auto& session) { self.own_.published_to(*session, *after); });
    const auto changes = co_await changes_between(before, after, self.policy_);
    if (!changes.any() || self.stopping_)
        co_return;
    log_hidden(*before, *after, withdrawn);
    self.sessions_.for_each([&](const auto& session) {
        if (const unsigned kinds = changes.of(session->policy_class()); kinds != 0)
            session->lists_changed(kinds);
    });
}

void publisher::shut_down() {
    stopping_ = true;
    soon_->set(never);
}

} // namespace vmcp
