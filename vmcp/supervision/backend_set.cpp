#include "vmcp/supervision/backend_set.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/supervision/member.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace vmcp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

health::tracker_settings tracker_settings_of(const config& c) {
    const auto& f = c.operational.failures;
    return {.record = {.unhealthy_threshold = f.unhealthy_threshold},
            .pace = {.interval = f.health_check_interval, .timeout = f.health_check_timeout}};
}

health::breaker_settings breaker_settings_of(const config& c) {
    const auto& f = c.operational.failures;
    return {
        .enabled = f.breaker_enabled, .failure_threshold = f.breaker_threshold, .timeout = f.breaker_timeout};
}

// What of the configuration all sessions of a backend go by; also while they run.
void adjust(transport::backend_context& context, const config& c) {
    context.max_body = c.limits.max_backend_body;
    context.ask_timeout = c.limits.ask_timeout;
    context.progress_extends_deadline = c.operational.progress_extends_deadline;
}

std::string_view auth_name(const auth_strategy& auth) {
    return auth.type == auth_strategy::kind::header_injection ? "header_injection" : "unauthenticated";
}

} // namespace

backend_set::backend_set(transport::worker& control, std::vector<transport::worker*> callers,
                         session_table& sessions, admission& policy, published<snapshot>& current)
    : control_(control)
    , callers_(std::move(callers))
    , sessions_(sessions)
    , policy_(policy)
    , current_(current)
    , tracker_(health::tracker_settings{})
    , probe_timer_(control.context())
    , publish_timer_(control.context()) {
    control_.spawn(probe_loop(), "the health monitor");
}

backend_set::~backend_set() = default;

double backend_set::jitter() {
    return std::uniform_real_distribution<double>(-1.0, 1.0)(dice_);
}

std::shared_ptr<backend_set::member> backend_set::find(std::string_view name) const {
    const auto it = std::ranges::find_if(members_, [&](const auto& m) { return m->definition.name == name; });
    return it == members_.end() ? nullptr : *it;
}

// ---- membership ----

result<std::shared_ptr<backend_set::member>> backend_set::make_member(const backend_config& definition) {
    auto connections = transport::backend_connections::make(definition, callers_.size() + 1);
    if (!connections)
        return connections.error();
    auto made = std::make_shared<member>(definition, control_);
    const std::weak_ptr<member> weak = made;
    // From the call path to the control thread; a member that left meanwhile hears nothing.
    const auto on_control = [this, weak](auto what) {
        control_.post([this, weak, what] {
            if (const auto alive = weak.lock(); alive && !alive->left && !stopping_)
                what(alive);
        });
    };
    backend_gate::reports reports;
    reports.lists_changed = [on_control] { on_control([](const auto& m) { m->refresh(); }); };
    reports.probe_wanted = [this, on_control] {
        on_control([this](const auto& m) {
            tracker_.want_probe(m->definition.name, std::chrono::steady_clock::now());
            wake_probes();
        });
    };
    reports.call_ended = [this, on_control](health::evidence met, health::steady_time began) {
        on_control([this, met = std::move(met), began](const auto& m) {
            took(m,
                 tracker_.call_ended(m->definition.name, m->generation, met, began, moment_now(), jitter()));
        });
    };
    backend_gate::credentials with{definition.auth.type != auth_strategy::kind::unauthenticated,
                                   (*connections)->secrets()};
    made->gate =
        std::make_shared<backend_gate>(breaker_settings_of(*settings_), std::move(with), std::move(reports));

    auto context = std::make_shared<transport::backend_context>();
    context->connections = *connections;
    context->credentials = std::make_shared<auth::static_credentials>(definition);
    context->guard = made->gate;
    adjust(*context, *settings_);
    context->expose_uri = [&current = current_, name = definition.name](std::string_view uri) {
        const auto snap = current.load();
        const auto& names = snap->catalog->backends();
        const auto index = static_cast<std::uint32_t>(std::ranges::find(names, name) - names.begin());
        return index < names.size() ? snap->catalog->expose_uri(index, uri) : std::string(uri);
    };
    made->link = std::make_shared<transport::http_backend>(context);
    made->context = std::move(context);

    auto probed = std::make_shared<probe_target>();
    probed->target = (*connections)->target();
    probed->headers = (*connections)->headers();
    probed->options.tls = probed->target.url.tls;
    probed->options.credentials_configured = definition.auth.type != auth_strategy::kind::unauthenticated;
    probed->options.client_version = program_version;
    probed->options.secrets = (*connections)->secrets();
    made->probed = probed;
    return made;
}

result<health::membership_change> backend_set::apply(std::shared_ptr<const config> next) {
    const auto before = std::exchange(settings_, next);
    const auto now = moment_now();
    static const std::vector<backend_config> none;
    auto change = health::compare(before ? before->backends : none, next->backends);
    std::vector<std::shared_ptr<member>> members;
    std::vector<std::shared_ptr<member>> joining;
    std::vector<std::pair<std::shared_ptr<member>, const backend_config&>> staying;
    for (const auto& definition : next->backends) {
        const auto known = find(definition.name);
        const bool replaced =
            std::ranges::any_of(change.replaced, [&](const auto& r) { return r.name == definition.name; });
        if (known && !replaced) {
            staying.emplace_back(known, definition);
            members.push_back(known);
            continue;
        }
        auto made = make_member(definition);
        if (!made) {
            // Nothing else was changed yet.
            settings_ = before;
            auto why = made.error();
            why.detail = fmt::format("backend \"{}\": {}", definition.name, why.detail);
            return why;
        }
        joining.push_back(*made);
        members.push_back(std::move(*made));
    }
    for (const auto& [known, definition] : staying) {
        known->definition = definition;
        known->link->adjust(definition);
        known->gate->configure(breaker_settings_of(*next), now);
        adjust(*known->context, *next);
        if (before && next->operational.catalog_refresh < before->operational.catalog_refresh)
            known->refresh(); // its present rest is as long as the old setting said
    }
    for (const auto& old : members_)
        if (std::ranges::find(members, old) == members.end())
            remove(old);
    members_ = std::move(members);
    tracker_.configure(tracker_settings_of(*next), now.at);
    for (const auto& joined : joining) {
        joined->generation = tracker_.add(joined->definition.name, joined->definition.url, now);
        control_.spawn(keep_lists(*this, joined), "keeping a backend's lists");
    }
    publish();
    wake_probes();
    return change;
}

void backend_set::remove(const std::shared_ptr<member>& leaving) {
    leaving->leave();
    for (auto& memory : tracker_.remove(leaving->definition.name))
        say_goodbye(leaving->probed, std::move(memory));
    for (const auto& [running, of] : leaving->probes)
        running->cancel();
    leaving->link->retire();
    leaving->link->connections()->retire();
    for (auto* worker : callers_)
        worker->post([connections = leaving->link->connections()] { connections->clear_pool(); });
    leaving->link->connections()->clear_pool();
    // Sessions of clients with it are ended; what runs over them finishes first.
    sessions_.for_each(
        [key = static_cast<const void*>(leaving->link.get())](const auto& s) { s->drop_backend(key); });
}

void backend_set::shut_down() {
    stopping_ = true;
    for (const auto& m : members_) {
        // From now on a session that a probe under way opens is an orphan, and ended when the probe ends.
        for (auto& memory : tracker_.remove(m->definition.name))
            say_goodbye(m->probed, std::move(memory));
        m->leave();
        for (const auto& [running, of] : m->probes)
            running->cancel();
        m->link->retire();
        m->link->connections()->retire();
        for (auto* worker : callers_)
            worker->post([connections = m->link->connections()] { connections->clear_pool(); });
        m->link->connections()->clear_pool();
    }
    probe_timer_.cancel();
    publish_timer_.cancel();
}

// ---- health ----

void backend_set::wake_probes() {
    probe_timer_.cancel();
}

void backend_set::start_due_probes() {
    for (auto& order : tracker_.start_due(std::chrono::steady_clock::now(), jitter()))
        if (const auto of = find(order.name))
            control_.spawn(probe(of, std::move(order)), "a probe");
}

asio::awaitable<void> backend_set::probe_loop() {
    while (!stopping_) {
        auto due = std::chrono::steady_clock::now() + std::chrono::seconds(1); // after a bug: not at once
        try {
            start_due_probes();
            due = tracker_.next_due();
        } catch (...) {
            transport::report("a round of probes")(std::current_exception());
        }
        // A wake-up that comes between the look and the wait would be lost otherwise.
        if (due <= std::chrono::steady_clock::now())
            continue;
        probe_timer_.expires_at(due);
        error_code ignored;
        co_await probe_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

asio::awaitable<void> backend_set::probe(std::shared_ptr<member> of, health::probe_order order) {
    const auto runner = make_probe_runner(control_, of->probed, order.memory, health::probe_kind::health);
    of->probes.emplace(runner, order.generation);
    const auto met = co_await runner->run(order.deadline);
    of->probes.erase(runner);
    auto outcome = tracker_.finish_probe(order, met, moment_now(), jitter());
    for (auto& orphan : outcome.orphans)
        say_goodbye(of->probed, std::move(orphan));
    if (!of->left && !stopping_)
        took(of, outcome.changed);
    wake_probes();
}

void backend_set::say_goodbye(std::shared_ptr<const probe_target> to, health::probe_memory memory) {
    if (memory.session_id.empty())
        return;
    control_.spawn(
        [](transport::worker& home, std::shared_ptr<const probe_target> t,
           health::probe_memory m) -> asio::awaitable<void> {
            const auto runner =
                make_probe_runner(home, std::move(t), std::move(m), health::probe_kind::goodbye);
            co_await runner->run(std::chrono::steady_clock::now() + std::chrono::seconds(2));
        }(control_, std::move(to), std::move(memory)),
        "a probe's goodbye");
}

// What follows from a piece of evidence.
void backend_set::took(const std::shared_ptr<member>& of, const health::change& what) {
    const auto& name = of->definition.name;
    const auto status = tracker_.status_of(name);
    if (!status)
        return;
    of->gate->set_health(*status, std::chrono::steady_clock::now());
    if (what.moved) {
        const auto line = fmt::format("backend {}: {} -> {}{}{}", name, health::name_of(what.moved->from),
                                      health::name_of(what.moved->to), what.moved->reason.empty() ? "" : ": ",
                                      what.moved->reason);
        if (what.moved->to == health::state::healthy)
            log::info("{}", line);
        else
            log::warn("{}", line);
    }
    // A reading that hangs since before says nothing about now.
    if ((what.recovered || what.lost) && of->reading)
        of->reading->give_up();
    if (what.recovered) {
        of->link->connections()->distrust_idle();
        for (auto* worker : callers_)
            worker->post(
                [worker, to = of->link->connections()] { worker->names().renew(to->target().url.host); });
        of->grace.cancel();
        of->refresh();
    }
    if (what.proved)
        of->gate->recovered(moment_now());
    if (what.lost) {
        of->down_since = moment_now();
        of->grace.expires_after(settings_->operational.failures.grace);
        of->grace.async_wait([this, weak = std::weak_ptr<member>(of)](error_code ec) {
            const auto late = weak.lock();
            if (ec || !late || late->left || stopping_)
                return;
            late->withdrawn = true;
            log::warn("backend {}: still down, what it offers is withdrawn", late->definition.name);
            publish();
        });
    }
    if (what.want_probe)
        wake_probes();
}

asio::awaitable<std::shared_ptr<const backend_set::view>> backend_set::look() {
    const auto ex = co_await asio::this_coro::executor;
    const auto answer = std::make_shared<promised<std::shared_ptr<const view>>>();
    control_.post([this, answer] { answer->set(make_view()); });
    const auto seen = co_await answer->get(ex, std::chrono::steady_clock::now() + std::chrono::seconds(2));
    co_return seen.value_or(nullptr);
}

std::shared_ptr<const backend_set::view> backend_set::make_view() const {
    auto out = std::make_shared<view>();
    std::vector<health::backend_row> rows;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& m : members_) {
        health::backend_row row{.name = m->definition.name,
                                .url = vmcp::shown_url(m->definition.url),
                                .transport = m->definition.transport,
                                .auth_type = std::string(auth_name(m->definition.auth)),
                                .metadata = m->definition.metadata};
        if (auto status = tracker_.status_of(m->definition.name))
            row.health = std::move(*status);
        // Healthy is who can be called: its tools are known.
        if (!m->shown &&
            (row.health.now == health::state::healthy || row.health.now == health::state::degraded)) {
            row.health.now = health::state::unknown;
            row.health.reason =
                m->list_problem.empty() ? "it answers; its lists are being read" : m->list_problem;
            row.health.category = m->list_category;
        }
        if (const auto circuit = m->gate->circuit(now); circuit.enabled) {
            row.circuit_state = circuit.state;
            row.circuit_changed = circuit.changed;
        }
        rows.push_back(std::move(row));
        out->loads.push_back(
            {m->link->calls_running(), m->link->calls_waiting(), m->gate->reinitializations(), m->gate});
    }
    out->health = health::make_overview(std::move(rows), std::string(program_version), settings_->group_ref);
    out->health.metadata = settings_->metadata;
    for (const auto& one : current_.load()->catalog->hidden())
        out->health.hidden.push_back(
            {std::string(spec_of(one.kind).label), one.backend, one.name, one.reason});
    out->all_needed = !settings_->operational.failures.best_effort;
    return out;
}

} // namespace vmcp
