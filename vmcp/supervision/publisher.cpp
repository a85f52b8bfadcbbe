#include "vmcp/supervision/publisher.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/service/list_changes.hpp"
#include "vmcp/supervision/hidden_news.hpp"

#include <utility>
#include <vector>

namespace vmcp {
namespace {

// Merging so many entries takes a few milliseconds, and is done at once: what follows finds it in effect.
constexpr std::size_t done_at_once = 5'000;

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

    void make() {
        after = make_snapshot(offered);
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
    sessions_.for_each([&](const auto& session) { own_.published_to(*session, *next->after); });
    for (const auto& line : next->news)
        log::info("{}", line);
    // The last one who holds a large catalog takes it down, which takes time as well.
    if (home_.aside && entries_of(next->offered) > done_at_once)
        home_.aside([gone = std::move(next)] {});
    tell_soon();
}

void publisher::tell_soon() {
    if (const auto now = home_.now().at, at = news_.earliest(now); at > now)
        news_due_->set(at);
    else
        tell_clients();
}

// Several changes may have come to nothing by now.
void publisher::tell_clients() {
    if (stopping_)
        return;
    news_due_->set(never);
    auto after = current_.load();
    auto before = std::exchange(told_, after);
    home_.spawn(tell(*this, std::move(before), std::move(after)), "telling clients that lists changed");
}

awaitable<void> publisher::tell(publisher& self, std::shared_ptr<const snapshot> before,
                                std::shared_ptr<const snapshot> after) {
    const auto changes = co_await changes_between(before, after, self.policy_);
    if (self.home_.aside && std::size(before->catalog->visible()) > done_at_once)
        self.home_.aside([gone = std::move(before)] {});
    if (!changes.any() || self.stopping_)
        co_return;
    self.news_.happened(self.home_.now().at);
    self.sessions_.for_each([&](const auto& session) {
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
