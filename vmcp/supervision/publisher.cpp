#include "vmcp/supervision/publisher.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/service/list_changes.hpp"
#include "vmcp/supervision/hidden_news.hpp"
#include "vmcp/supervision/limit_news.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

// What takes a few milliseconds is done at once: what follows finds it in effect.
constexpr auto done_at_once = entries_done_at_once;

std::size_t entries_of(const offering& offered) {
    std::size_t out = 0;
    for (const auto& one : offered.backends)
        if (one.lists)
            for (const auto kind : all_list_kinds)
                out += items_of(*one.lists, kind).size();
    return out;
}

} // namespace

// What comes of one look at what is offered.
struct publisher::edition {
    offering offered{};
    std::shared_ptr<const snapshot> before{};
    std::shared_ptr<const snapshot> after{};
    std::set<std::string> withdrawn{};
    std::set<const backend*> shown{};
    std::vector<std::string> news{}; // for the log
    limit_news of_limits{};

    void make() {
        after = make_snapshot(offered);
        of_limits = look_at_limits(offered, *after);
        for (const auto& one : offered.backends)
            if (!one.withdrawn.empty())
                withdrawn.insert(one.name);
            else if (one.lists)
                shown.insert(one.for_calls.get());
        news = hidden_news(before->catalog->hidden(), after->catalog->hidden(), withdrawn);
    }
};

publisher::publisher(const control_thread& home, session_table& sessions, admission& policy,
                     session_catalogs& own, published<snapshot>& current, std::function<offering()> gather)
    : home_(home)
    , sessions_(sessions)
    , policy_(policy)
    , own_(own)
    , current_(current)
    , gather_(std::move(gather))
    , soon_(home.clock.make_alarm([this] { publish(); }, "publishing what is offered"))
    , news_due_(home.clock.make_alarm([this] { tell_clients(); }, "telling clients that lists changed")) {
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
    if (making_) {
        again_ = true;
        return;
    }
    auto next = std::make_shared<edition>(edition{.offered = gather_(), .before = current_.load()});
    if (!home_.aside || entries_of(next->offered) <= done_at_once) {
        next->make();
        swap_in(std::move(next));
        return;
    }
    making_ = true;
    home_.aside([this, next = std::move(next)] {
        constexpr auto name = "publishing what is offered";
        try {
            next->make();
        } catch (...) {
            home_.post([this] { making_ = false; }, name);
            throw;
        }
        home_.post([this, next] { made(next); }, name);
    });
}

void publisher::made(std::shared_ptr<edition> next) {
    making_ = false;
    if (stopping_)
        return;
    swap_in(std::move(next));
    if (std::exchange(again_, false))
        publish();
}

void publisher::swap_in(std::shared_ptr<edition> next) {
    shown_ = std::move(next->shown);
    if (!told_)
        told_ = next->before;
    current_.store(next->after);
    const bool many = entries_of(next->offered) > done_at_once;
    reduce_own(next->after, many);
    for (const auto& line : next->news)
        log::info("{}", line);
    if (const auto line = next->of_limits.line(vain_limits_); !line.empty())
        log::warn("{}", line);
    // Destroying a large catalog takes time as well, so the one that was replaced is let go of on the side thread.
    if (home_.aside && many)
        home_.aside([gone = std::move(next)] {});
    tell_soon();
}

void publisher::reduce_own(std::shared_ptr<const snapshot> shared, bool many_entries) {
    constexpr std::size_t little = std::size_t{64} << 10;
    const auto kept = own_.kept();
    if (kept == 0)
        return;
    auto work = [this, shared = std::move(shared)] {
        sessions_.for_each([&](const auto& session) { own_.published_to(*session, *shared); });
    };
    if (home_.aside && (many_entries || kept > little))
        home_.aside(std::move(work));
    else
        work();
}

void publisher::tell_soon() {
    if (const auto now = home_.now().at, at = news_.earliest(now); at > now)
        news_due_->set(at);
    else
        tell_clients();
}

// Changes that undid each other in the meantime are none to tell of.
void publisher::tell_clients() {
    if (stopping_)
        return;
    news_due_->set(never);
    auto after = current_.load();
    auto before = std::exchange(told_, after);
    constexpr auto name = "telling clients that lists changed";
    // Policies decide about each entry once for each of their classes, and the catalog before is let go of: on the side
    // thread where there are many entries.
    const auto entries = std::max(entries_in(*before->catalog), entries_in(*after->catalog));
    if (home_.aside && entries * (1 + before->views->all().size()) > done_at_once) {
        home_.aside([this, before = std::move(before), after = std::move(after)]() mutable {
            auto changes = done_here(changes_between(std::move(before), std::move(after), policy_));
            home_.post([this, changes = std::move(changes)] { tell(changes); }, name);
        });
        return;
    }
    home_.spawn(
        [](publisher& self, auto earlier, auto later) -> awaitable<void> {
            const auto changes = co_await changes_between(earlier, later, self.policy_);
            self.tell(changes);
        }(*this, std::move(before), std::move(after)),
        name);
}

void publisher::tell(const list_changes& changes) {
    if (!changes.any() || stopping_)
        return;
    news_.happened(home_.now().at);
    sessions_.for_each([&](const auto& session) {
        if (const unsigned kinds = changes.of(session->policy_class()); kinds != 0)
            session->lists_changed(kinds);
    });
}

void publisher::shut_down() {
    stopping_ = true;
    soon_->set(never);
    news_due_->set(never);
}

} // namespace vmcp
