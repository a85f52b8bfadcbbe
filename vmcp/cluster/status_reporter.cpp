#include "vmcp/cluster/status_reporter.hpp"

#include "vmcp/model/waiting.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds patience{3'000};
// client-go's DefaultRetry: five tries, 10 ms apart.
constexpr int most_tries = 5;
constexpr milliseconds between_tries{10};
constexpr std::chrono::hours any_age{24 * 365};

} // namespace

status_reporter::status_reporter(const control_thread& home, std::shared_ptr<kube::kube_client> client,
                                 status_target target, report_sources from, std::string holder,
                                 std::function<std::uint64_t()> number)
    : home_(home)
    , client_(std::move(client))
    , target_(std::move(target))
    , from_(std::move(from))
    , events_(std::make_shared<event_sender>(home_, client_, event_book(holder, std::move(number))))
    , lease_settings_{.holder = std::move(holder)}
    , control_(std::make_shared<cancellation>(home_.executor)) {
}

void status_reporter::start(milliseconds interval) {
    interval_ = interval;
    pace_ = status_pace(interval_);
    alarm_ = home_.clock.make_alarm([this] { wake(); }, "the status in the cluster");
    lease_ =
        std::make_shared<lease_keeper>(home_, client_, target_, lease_settings_, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->wake();
        });
    lease_->start();
}

void status_reporter::heard() {
    pace_.heard();
    wake();
}

void status_reporter::configure(milliseconds interval) {
    interval_ = interval;
    pace_.configure(interval_);
    wake();
}

void status_reporter::wake() {
    if (busy_ || stopped_ || !lease_)
        return;
    const bool leads = lease_->leads();
    if (leads && !std::exchange(led_, leads)) {
        pace_.restart();
        last_said_ = nullptr;
    }
    led_ = leads;
    if (!leads)
        return alarm_->set(never); // the lease says when that changes
    if (home_.now().at < pace_.next())
        return alarm_->set(pace_.next());
    busy_ = true;
    home_.spawn([](std::shared_ptr<status_reporter> self) -> awaitable<void> { co_await self->run(); }(
                                                              shared_from_this()),
                "the status in the cluster");
}

awaitable<void> status_reporter::run() {
    try {
        co_await step();
    } catch (...) {
        transport::report("the status in the cluster")(std::current_exception());
        pace_.failed(home_.now().at, {}, home_.jitter());
    }
    busy_ = false;
    wake();
}

status_facts status_reporter::facts_of(const fleet_view& view, health::wall_time now) const {
    return {.seen = view.health, .now = now, .auth_config_of = from_.auth_config_of};
}

awaitable<void> status_reporter::step() {
    pace_.looking(home_.now().at);
    if (from_.known && !from_.known())
        co_return;
    const auto view = co_await from_.look();
    if (stopped_ || !view)
        co_return;
    // What nobody else changes is compared with what was said last, so that a look costs no request.
    auto essence = wanted_status({}, facts_of(*view, {}));
    if (!pace_.must_say(home_.now().at) && says_the_same(last_said_, essence, any_age))
        co_return;
    co_await say(view);
    if (pace_.failures() == 0)
        last_said_ = std::move(essence);
}

awaitable<void> status_reporter::say(std::shared_ptr<const fleet_view> view) {
    auto how = outcome::again;
    for (int i = 0; i < most_tries && how == outcome::again && !stopped_; ++i) {
        if (i > 0)
            co_await pause(between_tries + milliseconds(static_cast<long>(5.0 * (home_.jitter() + 1.0))));
        how = co_await write(*view);
    }
    const auto now = home_.now().at;
    if (how == outcome::said) {
        outage_.over(now);
        pace_.said(now);
    }
    if (how == outcome::again) // somebody writes there all the time
        pace_.failed(now, {}, home_.jitter());
}

awaitable<status_reporter::outcome> status_reporter::write(const fleet_view& view) {
    constexpr unsigned conflict = 409;
    const auto read = co_await client_->ask(
        {.target = target_.path(), .limit = patience, .most = 4U << 20U, .control = control_.get()});
    if (stopped_ || !lease_->leads())
        co_return outcome::dropped;
    if (!read.ok())
        co_return failed(read, "VirtualMCPServer {} cannot be read");
    const auto stored = read_stored_server(read.body);
    if (!stored)
        co_return failed({.error = stored.error().message()}, "VirtualMCPServer {} cannot be read");
    const auto wanted = wanted_status(*stored, facts_of(view, home_.now().wall));
    if (says_the_same(stored->status, wanted, interval_))
        co_return outcome::said;
    const auto answer = co_await client_->ask({.method = "PATCH",
                                               .target = target_.path() + "/status",
                                               .body = status_patch(*stored, wanted),
                                               .content_type = kube::merge_patch_type,
                                               .limit = patience,
                                               .most = 4U << 20U,
                                               .control = control_.get()});
    if (stopped_)
        co_return outcome::dropped;
    if (answer.status == conflict)
        co_return outcome::again;
    if (!answer.ok())
        co_return failed(answer, "the status of VirtualMCPServer {} cannot be written");
    events_->tell(changes_between(stored->status, wanted), *stored);
    co_return outcome::said;
}

status_reporter::outcome status_reporter::failed(const kube::kube_answer& answer, std::string_view doing) {
    constexpr unsigned forbidden = 403;
    const auto now = home_.now().at;
    outage_.began(now, fmt::format("{}: {}{}", fmt::format(fmt::runtime(doing), target_.name),
                                   kube::explain(answer),
                                   answer.status == forbidden
                                       ? " (its role needs get of virtualmcpservers, and patch of "
                                         "virtualmcpservers/status)"
                                       : ""));
    pace_.failed(now, answer.retry_after, home_.jitter());
    return outcome::failed;
}

awaitable<void> status_reporter::pause(milliseconds time) {
    const auto over = std::make_shared<promised<bool>>();
    const auto bell = home_.clock.make_alarm([over] { over->set(true); }, "a try again");
    bell->set(home_.now().at + time);
    co_await over->get(home_.executor);
}

void status_reporter::stop() {
    if (std::exchange(stopped_, true))
        return;
    alarm_.reset();
    control_->cancel("");
    events_->stop();
    if (lease_)
        lease_->stop();
    client_->stop(); // what gives back the lease connects anew; connections that idle would keep the worker
}

} // namespace vmcp
