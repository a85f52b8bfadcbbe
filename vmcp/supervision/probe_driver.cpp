#include "vmcp/supervision/probe_driver.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

health::milliseconds beside_after(unsigned made, health::milliseconds usual,
                                  health::milliseconds timeout) noexcept {
    constexpr int margin = 4;
    constexpr unsigned most_doublings = 10;
    const auto first = std::max({health::steady_retry, margin * usual, timeout * 2 / 9});
    return first * (1 << std::min(made, most_doublings));
}

probe_driver::probe_driver(const control_thread& home, listener changed)
    : home_(home)
    , changed_(std::move(changed))
    , tracker_(health::tracker_settings{})
    , timeout_(health::tracker_settings{}.pace.timeout)
    , due_(home.clock.make_alarm([this] { start_due(); }, "a round of probes")) {
}

probe_driver::~probe_driver() = default;

void probe_driver::configure(const health::tracker_settings& how) {
    tracker_.configure(how, home_.now().at);
    timeout_ = how.pace.timeout;
    arm();
}

std::uint64_t probe_driver::add(const std::string& name, const std::string& url,
                                std::shared_ptr<supervised_backend> backend) {
    auto subject = std::make_shared<probed>();
    subject->backend = std::move(backend);
    subject->beside_due =
        home_.clock.make_alarm([this, name] { want_probe(name); }, "a probe beside another");
    subject->generation = tracker_.add(name, url, home_.now());
    const auto generation = subject->generation;
    probed_[name] = std::move(subject);
    arm();
    return generation;
}

void probe_driver::remove(const std::string& name) {
    const auto found = probed_.find(name);
    if (found == probed_.end())
        return;
    const auto leaving = std::move(found->second);
    probed_.erase(found);
    // From now on a session that a probe under way opens is an orphan, and ended when the probe ends.
    for (auto& memory : tracker_.remove(name))
        end_session(leaving->backend, std::move(memory));
    leaving->beside_due->set(never);
    for (const auto& running : leaving->running)
        running->cancel();
    arm();
}

void probe_driver::shut_down() {
    stopping_ = true;
    while (!probed_.empty())
        remove(std::string(probed_.begin()->first));
    due_->set(never);
}

void probe_driver::want_probe(const std::string& name) {
    tracker_.want_probe(name, home_.now().at);
    arm();
}

void probe_driver::learned(const std::string& name, std::uint64_t generation,
                           const health::evidence& evidence, health::steady_time began) {
    const auto found = probed_.find(name);
    if (found == probed_.end() || found->second->generation != generation)
        return;
    changed_(name, tracker_.call_ended(name, generation, evidence, began, home_.now(), home_.jitter()));
    arm();
}

void probe_driver::arm() {
    if (!stopping_)
        due_->set(tracker_.next_due());
}

void probe_driver::start_due() {
    if (stopping_)
        return;
    due_->set(home_.now().at + std::chrono::seconds(1)); // after a bug: not at once
    for (auto& order : tracker_.start_due(home_.now().at, home_.jitter()))
        if (const auto found = probed_.find(order.name); found != probed_.end())
            start(found->second, std::move(order));
    arm();
}

void probe_driver::start(const std::shared_ptr<probed>& subject, health::probe_order order) {
    const auto when = may_ask_at(*subject, order);
    if (when <= home_.now().at) {
        subject->beside_due->set(never);
        home_.spawn(probe(subject, std::move(order)), "a probe");
        return;
    }
    subject->beside_due->set(when);
    const health::probe_result none{.met = {.what = health::finding::cancelled}, .memory = order.memory};
    (void)tracker_.finish_probe(order, none, home_.now(), home_.jitter());
}

// One that serves slowly, or one request at a time, must not get ever more of them while it works on the first.
health::steady_time probe_driver::may_ask_at(probed& subject, const health::probe_order& order) const {
    std::optional<health::steady_time> asked;
    for (const auto& running : subject.running)
        if (const auto since = running->asking_since(); since && (!asked || *since < *asked))
            asked = since;
    const auto now = home_.now().at;
    if (!asked)
        return now;
    if (std::exchange(subject.asked, asked) != asked)
        subject.beside = 0;
    const auto status = tracker_.status_of(order.name);
    const auto usual = health::usual_latency(status ? status->latency : std::vector<health::microseconds>());
    const auto when = *asked + beside_after(subject.beside, usual, timeout_);
    if (when <= now)
        ++subject.beside;
    return when;
}

awaitable<void> probe_driver::probe(std::shared_ptr<probed> subject, health::probe_order order) {
    const auto runner = subject->backend->make_probe(order.memory, health::probe_kind::health);
    subject->running.insert(runner);
    health::probe_result result{.met = {.what = health::finding::cancelled}, .memory = order.memory};
    try {
        result = co_await runner->run(order.deadline);
    } catch (...) {
        transport::report("a probe")(std::current_exception()); // its place must come free all the same
    }
    subject->running.erase(runner);
    if (subject->running.empty())
        subject->beside_due->set(never);
    auto outcome = tracker_.finish_probe(order, result, home_.now(), home_.jitter());
    for (auto& orphan : outcome.orphans)
        end_session(subject->backend, std::move(orphan));
    if (const auto found = probed_.find(order.name); found != probed_.end() && found->second == subject)
        changed_(order.name, outcome.changed);
    arm();
}

void probe_driver::end_session(const std::shared_ptr<supervised_backend>& backend,
                               health::probe_memory memory) {
    if (memory.session_id.empty())
        return;
    const auto goodbye = backend->make_probe(std::move(memory), health::probe_kind::goodbye);
    home_.spawn(
        [](std::shared_ptr<backend_probe> running, health::steady_time until) -> awaitable<void> {
            co_await running->run(until);
        }(goodbye, home_.now().at + std::chrono::seconds(2)),
        "a probe's goodbye");
}

} // namespace vmcp
