#include "vmcp/supervision/supervisor.hpp"

#include "health/status_json.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/model/waiting.hpp"
#include "vmcp/supervision/fleet_rows.hpp"
#include "vmcp/supervision/own_shortage.hpp"
#include "vmcp/supervision/settings.hpp"
#include "vmcp/supervision/unusable_backend.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace vmcp {

supervisor::supervisor(control_thread home, session_table& sessions, admission& policy, session_catalogs& own,
                       published<snapshot>& current, backend_factory factory)
    : home_(std::move(home))
    , sessions_(sessions)
    , current_(current)
    , factory_(std::move(factory))
    , probes_(home_, [this](const auto& name, const auto& change) { health_changed(name, change); })
    , publisher_(home_, sessions, policy, own, current, [this] { return gather_offering(); }) {
}

supervisor::~supervisor() = default;

supervisor::member_ptr supervisor::find(std::string_view name) const {
    const auto it = std::ranges::find_if(members_, [&](const auto& m) { return m->definition.name == name; });
    return it == members_.end() ? nullptr : *it;
}

// ---- who belongs to it ----

void supervisor::add_source(membership_source& source) {
    sources_.push_back(&source);
    source.on_change([this] {
        if (settings_ && !stopping_)
            log::info("backends: {}", health::describe(reconcile()));
    });
}

health::membership_change supervisor::apply(std::shared_ptr<const config> next) {
    settings_ = std::move(next);
    configured_.use(settings_);
    probes_.configure(tracker_settings_of(*settings_));
    return reconcile();
}

fleet supervisor::gather_fleet() const {
    std::vector<source_definitions> all;
    all.reserve(sources_.size());
    for (const auto* source : sources_)
        all.push_back({source->name(), source->definitions()});
    return merge_sources(all);
}

health::membership_change supervisor::reconcile() {
    const auto before = fleet_.definitions();
    fleet_ = gather_fleet();
    const auto after = fleet_.definitions();
    auto change = health::compare(before, after);
    std::vector<member_ptr> next;
    std::vector<member_ptr> joining;
    for (const auto& definition : after) {
        const auto known = find(definition.name);
        const bool same = std::ranges::none_of(
            change.replaced, [&](const auto& replaced) { return replaced.name == definition.name; });
        // What could not be used may be usable now, although its definition is the same.
        if (known && same && (known->usable() || !definition.problem.empty())) {
            adjust(*known, definition);
            next.push_back(known);
        } else {
            next.push_back(joining.emplace_back(make_member(definition)));
        }
    }
    for (const auto& old : members_)
        if (std::ranges::find(next, old) == next.end())
            leave(*old);
    members_ = std::move(next);
    for (const auto& joined : joining)
        join(*joined);
    publisher_.publish();
    tell_news();
    return change;
}

supervisor::member_ptr supervisor::make_member(const backend_config& definition) {
    auto made = std::make_shared<member>();
    made->definition = definition;
    made->problem = definition.problem;
    if (made->problem.empty()) {
        made->gate = std::make_shared<backend_gate>(breaker_settings_of(*settings_), reports_of(made));
        if (auto port = factory_(definition, *settings_, made->gate))
            made->port = *std::move(port);
        else
            made->problem = port.error().message();
    }
    if (!made->usable()) {
        log::warn("backend {}: it cannot be used: {}", definition.name, made->problem);
        made->gate = nullptr;
        made->for_calls = std::make_shared<unusable_backend>(definition.name);
        return made;
    }
    made->for_calls = made->port->for_calls();
    made->lists =
        std::make_shared<list_keeper>(home_, definition.name, definition.url, made->port,
                                      list_settings_of(*settings_, definition), surroundings_of(made));
    return made;
}

// What the call path reports is handled on the control thread; reports for a member that has left meanwhile are
// dropped.
backend_gate::reports supervisor::reports_of(const std::weak_ptr<member>& owner) {
    const auto on_control = [this, owner](auto task) {
        home_.post(
            [this, owner, task = std::move(task)] {
                const auto alive = owner.lock();
                if (alive && !stopping_ && find(alive->definition.name) == alive)
                    task(*alive);
            },
            "news of a backend");
    };
    backend_gate::reports out;
    // A backend may send such notifications as fast as it can write: at most one is on its way to the control thread.
    out.lists_changed = [on_control, told = std::make_shared<std::atomic<bool>>(false)] {
        if (!told->exchange(true))
            on_control([told](member& m) {
                told->store(false);
                m.lists->refresh();
            });
    };
    out.probe_wanted = [this, on_control] {
        on_control([this](member& m) { probes_.want_probe(m.definition.name); });
    };
    out.call_ended = [this, on_control](health::evidence evidence, health::steady_time began) {
        on_control([this, evidence = std::move(evidence), began](member& m) {
            probes_.learned(m.definition.name, m.generation, evidence, began);
        });
    };
    return out;
}

list_keeper::surroundings supervisor::surroundings_of(const std::weak_ptr<member>& member) {
    list_keeper::surroundings out;
    out.health = [this, member]() -> std::optional<health::record_status> {
        const auto alive = member.lock();
        return alive ? probes_.status_of(alive->definition.name) : std::nullopt;
    };
    out.shown = [this, member] {
        const auto alive = member.lock();
        return alive && publisher_.shows(alive->for_calls.get());
    };
    out.changed = [this](bool soon) {
        soon ? publisher_.publish_soon() : publisher_.publish();
        tell_news();
    };
    out.learned = [this, member](const health::evidence& evidence, health::steady_time began) {
        if (const auto alive = member.lock())
            probes_.learned(alive->definition.name, alive->generation, evidence, began);
    };
    return out;
}

void supervisor::adjust(member& staying, const backend_config& definition) {
    staying.definition = definition;
    if (!staying.usable())
        return;
    staying.port->adjust(definition, *settings_);
    staying.gate->configure(breaker_settings_of(*settings_), home_.now());
    staying.lists->configure(list_settings_of(*settings_, definition));
}

void supervisor::join(member& joining) {
    if (joining.usable())
        joining.generation = probes_.add(joining.definition.name, joining.definition.url, joining.port);
}

void supervisor::leave(member& leaving) {
    if (!leaving.usable())
        return;
    retire(leaving);
    // Sessions of clients with it are ended; what runs over them finishes first.
    sessions_.for_each(
        [key = leaving.port->session_key()](const auto& session) { session->drop_backend(key); });
}

void supervisor::retire(member& leaving) {
    leaving.lists->stop();
    probes_.remove(leaving.definition.name);
    leaving.port->retire();
}

void supervisor::shut_down() {
    stopping_ = true;
    publisher_.shut_down();
    for (const auto& one : members_)
        if (one->usable())
            retire(*one);
    probes_.shut_down();
}

// ---- what follows ----

void supervisor::health_changed(const std::string& name, const health::change& change) {
    const auto one = find(name);
    const auto status = probes_.status_of(name);
    if (!one || !status)
        return;
    one->gate->set_health(*status, home_.now().at);
    if (change.moved) {
        const auto line = fmt::format("backend {}: {} -> {}{}{}", name, health::name_of(change.moved->from),
                                      health::name_of(change.moved->to),
                                      change.moved->reason.empty() ? "" : ": ", change.moved->reason);
        if (change.moved->to == health::state::healthy)
            log::info("{}", line);
        else
            log::warn("{}", line);
    }
    if (change.recovered) {
        one->port->recovered();
        one->lists->came_back();
    }
    if (change.proved)
        one->gate->recovered(home_.now());
    if (change.lost)
        one->lists->went_down();
    if (change.moved)
        tell_news();
}

void supervisor::tell_news() const {
    if (heard_ && !stopping_)
        heard_();
}

offering supervisor::gather_offering() const {
    offering out{
        .settings = settings_, .memory = current_.load()->views->memory(), .aside = home_.aside_for_clients};
    for (const auto& one : members_) {
        offering::entry entry{.name = one->definition.name, .for_calls = one->for_calls};
        if (one->usable()) {
            const auto offered = one->lists->offered();
            entry.lists = offered.lists;
            if (offered.withdrawn) {
                const auto status = probes_.status_of(entry.name);
                entry.withdrawn =
                    fmt::format("the backend is down since {}: {}", health::rfc3339(offered.down_since.wall),
                                status ? status->reason : std::string());
            }
        }
        out.backends.push_back(std::move(entry));
    }
    return out;
}

awaitable<std::shared_ptr<const fleet_view>> supervisor::look() {
    const auto ex = co_await boost::asio::this_coro::executor;
    const auto answer = std::make_shared<promised<std::shared_ptr<const fleet_view>>>();
    home_.post([this, answer] { answer->set(make_view()); }, "a look at the backends");
    const auto seen = co_await answer->get(ex, steady_clock::now() + std::chrono::seconds(2));
    co_return seen.value_or(nullptr);
}

std::shared_ptr<const fleet_view> supervisor::make_view() const {
    auto out = std::make_shared<fleet_view>();
    std::vector<health::backend_row> rows;
    const auto now = home_.now().at;
    auto one = members_.begin();
    for (const auto& row : fleet_.rows) {
        if (row.shadowed) {
            rows.push_back(make_row(row.definition));
            out->loads.emplace_back();
            continue;
        }
        const auto& m = **one++;
        rows.push_back(make_row(m, {.status = probes_.status_of(m.definition.name),
                                    .shown = publisher_.shows(m.for_calls.get()),
                                    .callers_may_authenticate = !settings_->passthrough_headers.empty() ||
                                                                m.definition.auth.of_callers(),
                                    .now = now}));
        out->loads.push_back({m.usable() ? m.port->load() : backend_load{}, m.gate});
    }
    out->health = health::make_overview(std::move(rows), std::string(program_version), settings_->group_ref);
    for (const auto shortage : all_shortages)
        if (auto own = condition_of(shortage, seen(shortage), steady_clock::now()))
            out->health.conditions.push_back(*std::move(own));
    out->health.metadata = settings_->metadata;
    out->catalog = current_.load()->catalog;
    out->all_needed = !settings_->operational.failures.best_effort;
    return out;
}

} // namespace vmcp
