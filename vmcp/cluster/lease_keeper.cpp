#include "vmcp/cluster/lease_keeper.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/cluster/lease_document.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

using std::chrono::milliseconds;

namespace {

// Shorter than what is left when a renewal was late once.
constexpr milliseconds patience{3'000};
constexpr milliseconds patience_at_end{1'000};
constexpr std::chrono::seconds look_again_when_forbidden{60};

} // namespace

lease_keeper::lease_keeper(control_thread home, std::shared_ptr<kube::kube_client> client,
                           status_target target, lease_settings settings, std::function<void()> changed)
    : home_(std::move(home))
    , client_(std::move(client))
    , target_(std::move(target))
    , folder_(fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", target_.name_space))
    , name_(lease_name(target_.name))
    , changed_(std::move(changed))
    , machine_(std::move(settings))
    , control_(std::make_shared<cancellation>(home_.executor)) {
}

void lease_keeper::start() {
    alarm_ = home_.clock.make_alarm([this] { wake(); }, "the lease of the status");
    alarm_->set(home_.now().at);
}

bool lease_keeper::leads() const {
    return !stopped_ && (forbidden_ || machine_.held(home_.now().at));
}

void lease_keeper::wake() {
    if (busy_ || stopped_)
        return;
    say_whose(); // it may have ended while the API server did not answer
    const auto now = home_.now().at;
    if (now < machine_.next())
        return alarm_->set(machine_.held(now) ? std::min(machine_.next(), machine_.ends()) : machine_.next());
    busy_ = true;
    home_.spawn([](std::shared_ptr<lease_keeper> self) -> awaitable<void> { co_await self->run(); }(
                                                           shared_from_this()),
                "the lease of the status");
}

awaitable<void> lease_keeper::run() {
    try {
        co_await step();
    } catch (...) {
        transport::report("the lease of the status")(std::current_exception());
        machine_.failed(home_.now().at, home_.jitter());
    }
    busy_ = false;
    if (stopped_)
        co_return;
    say_whose();
    wake();
}

awaitable<kube::kube_answer> lease_keeper::send(std::string method, std::string target, std::string body,
                                                std::size_t most) {
    co_return co_await client_->ask({.method = std::move(method),
                                     .target = std::move(target),
                                     .body = std::move(body),
                                     .limit = stopped_ ? patience_at_end : patience,
                                     .most = most,
                                     .control = stopped_ ? nullptr : control_.get()});
}

void lease_keeper::failed(const kube::kube_answer& answer, std::string_view doing) {
    constexpr unsigned not_allowed = 403;
    const auto now = home_.now().at;
    if (stopped_)
        return;
    if (answer.status == not_allowed && !std::exchange(forbidden_, true))
        log::warn(
            "the status: Leases are forbidden to this service account ({}); every replica writes the status, "
            "and the last one wins. Allow get, create and update of leases.coordination.k8s.io",
            kube::explain(answer));
    if (answer.status == not_allowed)
        return machine_.failed(now, home_.jitter(), look_again_when_forbidden);
    outage_.began(now, fmt::format("{}: {}", doing, kube::explain(answer)));
    machine_.failed(now, home_.jitter(), answer.retry_after);
}

// Not failed(): it says nothing of Leases, nor whether this replica leads.
void lease_keeper::owner_failed(const kube::kube_answer& answer) {
    constexpr unsigned not_allowed = 403;
    const bool refused = answer.status == not_allowed;
    const auto now = home_.now().at;
    if (stopped_)
        return;
    outage_.began(now, fmt::format("VirtualMCPServer {}, which it belongs to, cannot be read: {}{}",
                                   target_.name, kube::explain(answer),
                                   refused ? " (its role needs get of virtualmcpservers)" : ""));
    machine_.failed(now, home_.jitter(), refused ? look_again_when_forbidden : answer.retry_after);
}

awaitable<std::optional<lease_keeper::record>> lease_keeper::read() {
    constexpr unsigned missing = 404;
    const auto answer = co_await send("GET", folder_ + "/" + name_, "");
    if (answer.status == missing) {
        owner_.reset(); // it went with its owner, perhaps: another one may have that name by now
        co_return record();
    }
    if (!answer.ok()) {
        failed(answer, "it cannot be read");
        co_return std::nullopt;
    }
    auto read = read_lease(answer.body);
    if (!read) {
        outage_.began(home_.now().at, read.error().message());
        machine_.failed(home_.now().at, home_.jitter());
        co_return std::nullopt;
    }
    co_return record(*std::move(read));
}

// Known once it was read: it is named in the Lease, and the Lease goes with it.
awaitable<std::optional<stored_server>> lease_keeper::owner() {
    if (owner_)
        co_return owner_;
    constexpr std::size_t most = std::size_t{4} << 20; // as who writes the status
    const auto answer = co_await send("GET", target_.path(), "", most);
    auto read = answer.ok() ? read_stored_server(answer.body) : fail(errc::io);
    if (!answer.ok()) {
        owner_failed(answer);
        co_return std::nullopt;
    }
    if (!read) {
        outage_.began(home_.now().at, read.error().message());
        machine_.failed(home_.now().at, home_.jitter());
        co_return std::nullopt;
    }
    owner_ = *std::move(read);
    co_return owner_;
}

awaitable<void> lease_keeper::step() {
    const auto found = co_await read();
    if (!found || stopped_)
        co_return;
    const auto now = home_.now();
    const auto next = machine_.found(*found, now);
    if (next)
        co_return co_await write(*next);
    forbidden_ = false;
    outage_.over(now.at);
}

awaitable<void> lease_keeper::write(lease_record next) {
    constexpr unsigned conflict = 409;
    const auto whose = co_await owner();
    if (!whose || stopped_)
        co_return;
    const auto began = home_.now().at;
    const bool creates = next.resource_version.empty();
    const auto answer = co_await send(creates ? "POST" : "PUT", creates ? folder_ : folder_ + "/" + name_,
                                      lease_text(name_, next, *whose));
    if (stopped_)
        co_return;
    const auto now = home_.now().at;
    if (answer.status == conflict) { // somebody was faster
        owner_.reset();
        co_return machine_.failed(now, home_.jitter());
    }
    const auto stored = answer.ok() ? read_lease(answer.body) : fail(errc::io);
    if (!answer.ok())
        co_return failed(answer, "it cannot be written");
    if (!stored) {
        outage_.began(now, stored.error().message());
        co_return machine_.failed(now, home_.jitter());
    }
    machine_.wrote(*stored, began);
    forbidden_ = false;
    outage_.over(now);
}

void lease_keeper::say_whose() {
    const bool leading = leads();
    if (leading == std::exchange(led_, leading))
        return;
    if (!forbidden_ && leading)
        log::info("the status: this replica writes it from now on");
    if (!leading)
        log::info("the status: another replica writes it, or none until the API server answers");
    changed_();
}

void lease_keeper::stop() {
    const bool give_back = machine_.held(home_.now().at);
    stopped_ = true;
    alarm_.reset();
    control_->cancel("");
    if (give_back)
        home_.spawn([](std::shared_ptr<lease_keeper> self) -> awaitable<void> { co_await self->release(); }(
                                                               shared_from_this()),
                    "giving back the lease of the status");
}

// It is read again: a renewal may have been under way.
awaitable<void> lease_keeper::release() {
    const auto there = co_await send("GET", folder_ + "/" + name_, "");
    const auto record = there.ok() ? read_lease(there.body) : fail(errc::io);
    if (!record || !owner_)
        co_return;
    if (const auto next = machine_.released(*record, home_.now())) {
        const auto answer = co_await send("PUT", folder_ + "/" + name_, lease_text(name_, *next, *owner_));
        if (!answer.ok())
            log::debug("the lease of the status was not given back: {}", kube::explain(answer));
    }
}

} // namespace vmcp
