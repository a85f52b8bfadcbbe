// JSON bodies about health.
#include "health/status_json.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace health {
namespace {

using json = nlohmann::ordered_json;

// What peers wrote was made valid UTF-8 before it came here; names and versions come from elsewhere, and a
// bad byte in one of them must not take the whole page down.
std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json time_or_null(const std::optional<moment>& time) {
    return time ? json(rfc3339(time->wall)) : json(nullptr);
}

json counts_of(const overview& of) {
    const backend_counts& c = of.counts;
    return {{"total", c.total},
            {"routable", c.routable},
            {"healthy", c.healthy},
            {"degraded", c.degraded},
            {"unhealthy", c.unhealthy},
            {"unknown", c.unknown},
            {"unauthenticated", c.unauthenticated}};
}

json hidden_of(const overview& of) {
    json list = json::array();
    for (const hidden_row& one : of.hidden)
        list.push_back(
            {{"kind", one.kind}, {"backend", one.backend}, {"name", one.name}, {"reason", one.reason}});
    return list;
}

json conditions_of(const overview& of, const status_extras& extras) {
    json list = json::array();
    const auto add = [&](const condition& one) {
        list.push_back(
            {{"type", one.type}, {"status", one.status}, {"reason", one.reason}, {"message", one.message}});
    };
    for (const condition& one : of.conditions)
        add(one);
    if (extras.refused != nullptr)
        add(condition_of(*extras.refused));
    for (const condition& one : extras.more)
        add(one);
    return list;
}

json refusal_of(const refused_reload& refused) {
    return {{"when", rfc3339(refused.when)}, {"by", refused.by}, {"problems", refused.problems}};
}

json latencies_of(const record_status& status) {
    json list = json::array();
    for (const microseconds sample : status.latency)
        list.push_back(sample.count() < 0 ? json(nullptr)
                                          : json(static_cast<double>(sample.count()) / 1000.0));
    return list;
}

json row_of(const backend_row& row, audience to) {
    const record_status& health = row.health;
    json out{{"name", row.name},
             {"health", name_of(health.now)},
             {"transport", row.transport},
             {"auth_type", row.auth_type},
             {"metadata", row.metadata},
             {"mcp_revision", health.revision},
             {"routable", counts_as_routable(row)},
             {"category", health.category},
             {"consecutive_failures", health.consecutive_failures},
             {"last_check", time_or_null(health.last_check)},
             {"last_change", rfc3339(health.last_transition.wall)},
             {"transitions", health.transitions},
             {"checks", health.checks},
             {"reinitialised", health.reinitialised},
             {"circuit", row.circuit_state ? json(name_of(*row.circuit_state)) : json(nullptr)},
             {"circuit_changed",
              row.circuit_changed == moment{} ? json(nullptr) : json(rfc3339(row.circuit_changed.wall))},
             {"latency_ms", latencies_of(health)}};
    if (to == audience::operators) {
        out["url"] = row.url;
        out["reason"] = health.reason;
    }
    return out;
}

} // namespace

std::string status_json(const overview& of, audience to, const status_extras& extras) {
    json backends = json::array();
    for (const backend_row& row : of.backends)
        backends.push_back(row_of(row, to));
    json out{{"backends", std::move(backends)},
             {"healthy", of.counts.healthy > 0},
             {"version", of.version},
             {"group_ref", of.group_ref},
             {"phase", name_of(of.now)},
             {"message", of.message},
             {"conditions", conditions_of(of, extras)},
             {"counts", counts_of(of)},
             {"metadata", of.metadata},
             {"hidden", hidden_of(of)}};
    if (extras.refused != nullptr && to == audience::operators)
        out["reload_refused"] = refusal_of(*extras.refused);
    return text_of(out);
}

std::string backends_health_json(const overview& of) {
    json backends = json::object();
    for (const backend_row& row : of.backends) {
        const record_status& health = row.health;
        backends[row.name] = {
            {"Status", name_of(health.now)},
            {"ConsecutiveFailures", health.consecutive_failures},
            {"LastCheckTime", rfc3339(health.last_check ? health.last_check->wall : wall_time{})},
            {"LastErrorCategory", health.category},
            {"LastTransitionTime", rfc3339(health.last_transition.wall)},
            {"CircuitState", row.circuit_state ? name_of(*row.circuit_state) : std::string_view{}},
            {"CircuitLastChanged", rfc3339(row.circuit_changed.wall)},
            {"MCPRevision", health.revision},
        };
    }
    const backend_counts& c = of.counts;
    return text_of({{"monitoring_enabled", of.monitoring},
                    {"summary",
                     {{"Total", c.total},
                      {"Healthy", c.healthy},
                      {"Degraded", c.degraded},
                      {"Unhealthy", c.unhealthy},
                      {"Unknown", c.unknown},
                      {"Unauthenticated", c.unauthenticated}}},
                    {"backends", std::move(backends)}});
}

std::string readyz_json(const overview& of, bool ready, audience to) {
    json backends = json::array();
    for (const backend_row& row : of.backends) {
        json one{{"name", row.name},
                 {"health", name_of(row.health.now)},
                 {"routable", counts_as_routable(row)},
                 {"category", row.health.category}};
        if (to == audience::operators)
            one["reason"] = row.health.reason;
        backends.push_back(std::move(one));
    }
    return text_of({{"status", ready ? "ready" : "not_ready"},
                    {"mode", "static"},
                    {"phase", name_of(of.now)},
                    {"message", of.message},
                    {"counts", counts_of(of)},
                    {"backends", std::move(backends)}});
}

std::string rfc3339(wall_time time) {
    if (time == wall_time{})
        return "0001-01-01T00:00:00Z";
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<milliseconds>(time - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

} // namespace health
