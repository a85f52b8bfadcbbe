#include "vmcp/supervision/list_keeper.hpp"

#include "vmcp/base/event_stream_get.hpp"
#include "vmcp/base/log.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

list_keeper::list_keeper(const control_thread& home, std::string name, std::string url,
                         std::shared_ptr<supervised_backend> backend, settings how, surroundings around)
    : home_(home)
    , name_(std::move(name))
    , url_(std::move(url))
    , backend_(std::move(backend))
    , settings_(how)
    , around_(std::move(around))
    , schedule_(how.pace)
    , due_(home.clock.make_alarm([this] { start_reading(); }, "reading a backend's lists"))
    , grace_over_(home.clock.make_alarm([this] { withdraw(); }, "withdrawing a backend's lists")) {
}

void list_keeper::configure(const settings& how) {
    settings_ = how;
    schedule_.configure(how.pace, home_.now().at);
    arm();
}

void list_keeper::refresh() {
    if (stopped_)
        return;
    schedule_.announced(home_.now().at);
    arm();
}

void list_keeper::came_back() {
    give_up();
    grace_over_->set(never);
    if (stopped_)
        return;
    schedule_.want(home_.now().at);
    arm();
}

void list_keeper::went_down() {
    if (stopped_)
        return;
    give_up();
    down_since_ = home_.now();
    grace_over_->set(down_since_.at + settings_.grace);
}

void list_keeper::stop() {
    stopped_ = true;
    give_up();
    due_->set(never);
    grace_over_->set(never);
}

void list_keeper::arm() {
    if (!stopped_)
        due_->set(schedule_.due());
}

// A backend of which clients see nothing is given less time for each attempt, because somebody may be waiting for its
// tools.
list_keeper::attempt list_keeper::next_attempt() {
    constexpr milliseconds least_most{5'000};
    attempt out{.control = std::make_shared<cancellation>(home_.executor), .began = home_.now().at};
    if (around_.shown()) {
        out.patience = out.most = settings_.call_timeout;
        return out;
    }
    out.most = std::min(std::max(settings_.probe_timeout, least_most), settings_.call_timeout);
    const auto status = around_.health();
    out.patience =
        patience_.next(status ? health::usual_latency(status->latency) : milliseconds(0), out.most);
    return out;
}

void list_keeper::start_reading() {
    if (stopped_ || schedule_.due() > home_.now().at)
        return arm();
    schedule_.begin();
    auto one = next_attempt();
    running_ = one.control;
    home_.spawn(read(shared_from_this(), std::move(one)), "reading a backend's lists");
}

void list_keeper::give_up() {
    if (running_)
        running_->cancel({});
}

awaitable<void> list_keeper::read(std::shared_ptr<list_keeper> self, attempt one) {
    list_outcome outcome = list_refusal{.why = fail(errc::internal)};
    try {
        outcome = co_await self->backend_->read_lists({one.most, one.patience}, one.control);
    } catch (...) {
        transport::report("reading a backend's lists")(std::current_exception());
    }
    self->running_ = nullptr;
    if (!self->stopped_)
        self->took(std::move(outcome), one);
}

bool list_keeper::in_vain(const list_outcome& outcome, const attempt& one) {
    const auto* const refusal = std::get_if<list_refusal>(&outcome);
    if (refusal == nullptr) {
        patience_.sufficed(one.patience, std::chrono::ceil<milliseconds>(home_.now().at - one.began));
        return false;
    }
    if (refusal->why.code != errc::backend_timeout)
        return false;
    const bool in_handshake = refusal->evidence.method == "initialize" ||
                              refusal->evidence.method == event_stream_get; // its patience is `most` at once
    const auto status = around_.health();
    return !in_handshake && !patience_.ran_out(one.patience, one.most) && status &&
           health::takes_calls(status->now);
}

void list_keeper::took(list_outcome outcome, const attempt& one) {
    if (in_vain(outcome, one)) {
        schedule_.repeat(home_.now().at);
        return arm();
    }
    bool complete = false;
    std::optional<milliseconds> fresh_for;
    if (auto* const reading = std::get_if<list_reading>(&outcome)) {
        fresh_for = reading->fresh_for;
        complete = took_lists(std::move(*reading), one);
    } else {
        took_refusal(std::get<list_refusal>(outcome));
    }
    const auto status = around_.health();
    list_schedule::outcome how{.complete = complete,
                               .throttled = kept_.throttled(),
                               .known = kept_.lists() != nullptr,
                               .shown = around_.shown(),
                               .fresh_for = fresh_for};
    if (status && health::takes_calls(status->now))
        how.stands = status->now == health::state::unauthenticated ? health::standing::locked_out
                                                                   : health::standing::failing;
    schedule_.finish(how, home_.now().at, home_.jitter());
    arm();
}

bool list_keeper::took_lists(list_reading reading, const attempt& one) {
    const auto taken = kept_.take(std::move(reading));
    if (taken.news)
        log::warn("backend {}: {}", name_, kept_.problem());
    if (!taken.unfit.empty())
        log::warn("backend {}: {}", name_, taken.unfit);
    const bool was_withdrawn = std::exchange(withdrawn_, false);
    if (taken.changed || was_withdrawn)
        around_.changed(true);
    // A backend that gives its lists has taken our credentials.
    if (const auto status = around_.health(); status && status->now == health::state::unauthenticated)
        around_.learned({}, one.began);
    return taken.complete;
}

void list_keeper::took_refusal(const list_refusal& refusal) {
    if (refusal.why.code == errc::cancelled)
        return;
    if (kept_.take(refusal, url_).news)
        log::warn("backend {}: {}", name_, kept_.problem());
    // Only refused credentials are reported to the monitor from here; of everything else its own probes know more.
    if (refusal.evidence.what == health::finding::auth_needed)
        around_.learned(refusal.evidence, home_.now().at);
}

void list_keeper::withdraw() {
    withdrawn_ = true;
    if (!kept_.lists())
        return;
    log::warn("backend {}: still down, what it offers is withdrawn", name_);
    around_.changed(false);
}

} // namespace vmcp
