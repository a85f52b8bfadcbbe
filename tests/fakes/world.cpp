#include "tests/fakes/world.hpp"

#include "auth/cedar/cedar_admission.hpp"
#include "auth/static_credentials.hpp"
#include "tests/fakes/socket.hpp"
#include "transport/net/listener.hpp"
#include "vmcp/assembly/composition.hpp"
#include "vmcp/assembly/derived_settings.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/supervision/http/http_assembly.hpp"
#include "vmcp/supervision/offering.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace fakes {

namespace asio = boost::asio;
using transport::worker;

namespace {

class named_callers final : public vmcp::authenticator {
public:
    vmcp::awaitable<std::variant<std::shared_ptr<const vmcp::caller>, vmcp::challenge>>
    authenticate(const vmcp::credentials_view& from) override {
        auto who = std::make_shared<vmcp::caller>();
        constexpr std::string_view scheme = "Bearer ";
        from.each_field("Authorization", [&](std::string_view value) {
            if (value.starts_with(scheme))
                who->who = {.issuer = "test", .subject = std::string(value.substr(scheme.size()))};
        });
        if (who->who.subject == "bad")
            co_return vmcp::challenge{.why = vmcp::fail(vmcp::errc::unauthorized, "the token is bad")};
        co_return who;
    }
};

class counting_guard final : public transport::backend_guard {
public:
    vmcp::result<permit> admit() override {
        const std::lock_guard lock(mutex);
        if (!refusal.empty())
            return vmcp::fail(vmcp::errc::backend_unavailable, refusal);
        ++admitted;
        return permit{.began = vmcp::steady_clock::now()};
    }
    void ended(const permit&, const vmcp::failure*) override { ++ended_calls; }
    void lists_changed() override { ++changes; }
    void reinitialized() override { ++fresh; }

    std::mutex mutex{};
    std::string refusal{};
    std::atomic<std::size_t> admitted{0}, ended_calls{0}, changes{0}, fresh{0};
};

std::shared_ptr<const auth::cedar_rules> rules_of(const vmcp::config& settings) {
    auto made = auth::make_rules(settings);
    if (!made.problems.empty())
        throw std::runtime_error(auth::format_problem(made.problems.front()));
    return made.value;
}

} // namespace

struct world::parts {
    parts(vmcp::config c, vmcp::audit_sink* records)
        : settings(std::make_shared<const vmcp::config>(std::move(c)))
        , policy(rules_of(*settings))
        , made(settings, everybody, policy, records) {}

    void make_backends(std::size_t workers_made, const std::shared_ptr<vmcp::credential_source>& tokens);
    void publish(const std::vector<vmcp::backend_lists>& lists);
    void on_every_worker(const std::function<void(worker&)>& action);

    std::shared_ptr<const vmcp::config> settings;
    auth::cedar_admission policy;
    named_callers everybody{};
    vmcp::composition made;
    std::unique_ptr<transport::http_handler> instead{};
    std::atomic<transport::http_handler*> handler{&made.endpoint};
    std::vector<std::shared_ptr<counting_guard>> guards{};
    std::vector<std::shared_ptr<transport::http_backend>> backends{};
    std::vector<std::unique_ptr<worker>> workers{};
    std::shared_ptr<transport::listener> door{};
};

void world::parts::make_backends(std::size_t workers_made,
                                 const std::shared_ptr<vmcp::credential_source>& tokens) {
    for (const auto& definition : settings->backends) {
        auto assembled = vmcp::assemble_http_backend(
            definition, *settings, tokens ? tokens : std::make_shared<auth::static_credentials>(definition),
            [this](const auto&) { return guards.emplace_back(std::make_shared<counting_guard>()); },
            made.current, made.own_lists, made.via, workers_made);
        if (!assembled)
            throw std::runtime_error(assembled.error().message());
        backends.push_back(std::move(assembled->backend));
    }
}

void world::parts::publish(const std::vector<vmcp::backend_lists>& lists) {
    vmcp::offering offered{.settings = settings};
    for (const auto& one : backends) {
        vmcp::offering::entry entry{.name = one->name(), .for_calls = one};
        const auto listed = std::ranges::find(lists, one->name(), &vmcp::backend_lists::backend);
        if (listed != lists.end())
            entry.lists = std::make_shared<const vmcp::backend_lists>(*listed);
        offered.backends.push_back(std::move(entry));
    }
    const auto next = vmcp::make_snapshot(offered);
    made.current.store(next);
    made.sessions.for_each([&](const auto& session) { made.own_lists.published_to(*session, *next); });
}

void world::parts::on_every_worker(const std::function<void(worker&)>& action) {
    for (const auto& w : workers) {
        std::promise<void> done;
        w->post([&] {
            action(*w);
            done.set_value();
        });
        done.get_future().wait();
    }
}

world::world(vmcp::config settings, const std::vector<vmcp::backend_lists>& lists, unsigned workers,
             vmcp::audit_sink* records, const std::shared_ptr<vmcp::credential_source>& tokens)
    : world([&](std::uint16_t) { return std::move(settings); }, lists, workers, records, tokens) {
}

world::world(const std::function<vmcp::config(std::uint16_t port)>& settings_at,
             const std::vector<vmcp::backend_lists>& lists, unsigned workers, vmcp::audit_sink* records,
             const std::shared_ptr<vmcp::credential_source>& tokens) {
    std::vector<std::unique_ptr<worker>> made;
    std::vector<worker*> all;
    for (unsigned i = 0; i < workers; ++i)
        all.push_back(made.emplace_back(std::make_unique<worker>(i)).get());
    // Nothing is accepted before the door is started.
    auto door = transport::listener::open("127.0.0.1", 0, all, [this](worker& home, asio::ip::tcp::socket s) {
        parts_->made.serve(home, std::move(s), *parts_->handler.load(), nullptr, parts_->made.clients);
    });
    if (!door)
        throw std::runtime_error(door.error().message());
    parts_ = std::make_unique<parts>(settings_at((*door)->port()), records);
    auto& p = *parts_;
    p.workers = std::move(made);
    p.door = *door;
    p.make_backends(workers, tokens);
    p.publish(lists);
    for (auto* w : all) {
        w->draw_on(p.made.memory);
        w->start();
    }
    p.door->start([] { return false; });
}

world::~world() {
    auto& p = *parts_;
    p.door->stop();
    p.on_every_worker([&](worker& w) {
        w.sweeper().drain();
        if (w.index() == 0) {
            p.made.sessions.clear();
            p.made.modern_front.clear();
            for (const auto& b : p.backends)
                b->retire();
        }
    });
    p.on_every_worker([&](worker& w) {
        for (const auto& b : p.backends) {
            b->connections()->retire();
            b->connections()->clear_pool();
        }
        w.sweeper().expire_all();
    });
    for (const auto& w : p.workers)
        w->finish();
    // Goodbyes to backends that nobody answers end by their own deadline, or by this.
    for (int round = 0; round < 60; ++round) {
        bool all = true;
        for (const auto& w : p.workers)
            all = w->join(milliseconds(100)) && all;
        if (all)
            return;
        for (const auto& w : p.workers)
            w->expire_all();
    }
    std::fputs("a worker of the test's gateway did not end\n", stderr);
    std::abort();
}

const vmcp::memory_ledger& world::memory() const {
    return parts_->made.memory;
}

void world::serve_by(
    const std::function<std::unique_ptr<transport::http_handler>(vmcp::composition&)>& make) {
    parts_->instead = make(parts_->made);
    parts_->handler = parts_->instead.get();
}

std::uint16_t world::port() const {
    return parts_->door->port();
}

void world::publish(const std::vector<vmcp::backend_lists>& lists) {
    parts_->publish(lists);
    std::promise<void> done;
    parts_->workers.front()->post([&] {
        parts_->made.sessions.for_each([](const auto& session) { session->lists_changed(1); });
        done.set_value();
    });
    done.get_future().wait();
}

std::future<vmcp::result<vmcp::backend_lists>> world::fetch_lists(std::size_t i) {
    const auto read = std::make_shared<std::promise<vmcp::result<vmcp::backend_lists>>>();
    parts_->workers.front()->spawn(
        [](auto from, auto to) -> asio::awaitable<void> {
            auto reading = co_await from->fetch_lists({});
            if (reading)
                to->set_value(std::move(reading->lists));
            else
                to->set_value(reading.error());
        }(parts_->backends[i], read),
        "reading a backend's lists");
    return read->get_future();
}

void world::retire(std::size_t i) {
    std::promise<void> done;
    parts_->workers.front()->post([&] {
        const auto& leaving = parts_->backends[i];
        leaving->retire();
        leaving->connections()->retire();
        parts_->made.sessions.for_each([&](const auto& session) { session->drop_backend(leaving.get()); });
        done.set_value();
    });
    done.get_future().wait();
}

void world::limit_questions(std::size_t most, std::chrono::milliseconds wait) {
    auto bounds = vmcp::session_limits_of(*parts_->settings);
    bounds.questions = {.most = most, .patience = wait};
    parts_->made.sessions.set_limits(bounds);
}

void world::use_policies(std::vector<std::string> policies) {
    auto changed = *parts_->settings;
    changed.authz = {.cedar = true, .policies = std::move(policies)};
    parts_->policy.use(rules_of(changed));
}

void world::drain() {
    parts_->door->stop();
    parts_->on_every_worker([](worker& w) { w.sweeper().drain(); });
}

std::size_t world::connections() const {
    return parts_->made.connections();
}

std::size_t world::sessions() const {
    return parts_->made.sessions.size();
}

std::size_t world::calls_in_flight() const {
    return parts_->made.counters.in_flight.load();
}

void world::sweep_sessions() {
    std::promise<void> done;
    parts_->workers.front()->post([&] {
        parts_->made.sessions.sweep(vmcp::steady_clock::now());
        done.set_value();
    });
    done.get_future().wait();
}

std::size_t world::reinitialized(std::size_t i) const {
    return parts_->guards[i]->fresh.load();
}

std::size_t world::lists_changed(std::size_t i) const {
    return parts_->guards[i]->changes.load();
}

std::size_t world::calls_ended(std::size_t i) const {
    return parts_->guards[i]->ended_calls.load();
}

std::size_t world::calls_admitted(std::size_t i) const {
    return parts_->guards[i]->admitted.load();
}

void world::refuse_calls(std::string reason, std::size_t i) {
    const std::lock_guard lock(parts_->guards[i]->mutex);
    parts_->guards[i]->refusal = std::move(reason);
}

void world::rest() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

bool world::past(std::int64_t begin) {
    return now() - begin > std::chrono::nanoseconds(patience).count();
}

std::int64_t world::now() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

vmcp::backend_config backend(std::string name, std::string url) {
    vmcp::backend_config out;
    out.name = std::move(name);
    out.url = std::move(url);
    return out;
}

vmcp::backend_lists tools(std::string backend, const std::vector<std::string>& names) {
    vmcp::backend_lists out;
    out.backend = std::move(backend);
    out.capabilities = R"({"tools":{}})";
    for (const auto& name : names)
        out.tools.push_back(
            {name, "{\"name\":" + vmcp::quoted(name) + R"(,"inputSchema":{"type":"object"}})"});
    return out;
}

} // namespace fakes
