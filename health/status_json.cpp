// JSON bodies about health.
#include "health/status_json.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace health {
namespace {

using json = nlohmann::ordered_json;

// What peers wrote was made valid UTF-8 before it came here; names and versions come from elsewhere, and a
// bad byte in one of them must not take the whole page down.
std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json counts_of(const backend_counts& c) {
    return {{"total", c.total},
            {"routable", c.routable},
            {"healthy", c.healthy},
            {"degraded", c.degraded},
            {"unhealthy", c.unhealthy},
            {"unknown", c.unknown},
            {"unauthenticated", c.unauthenticated}};
}

json conditions_json(const public_status& status, const std::vector<condition>& more) {
    json list = json::array();
    auto all = conditions_of(status.counts, status.now);
    if (status.refused)
        all.push_back(refused_condition(status.refused->when, status.refused->by, status.refused->problems));
    if (status.unwritten)
        all.push_back(unwritten_condition(status.unwritten->waiting, status.unwritten->lost));
    all.insert(all.end(), more.begin(), more.end());
    for (const condition& one : all)
        list.push_back(
            {{"type", one.type}, {"status", one.status}, {"reason", one.reason}, {"message", one.message}});
    return list;
}

json latencies_of(const std::vector<microseconds>& samples) {
    json list = json::array();
    for (const microseconds sample : samples)
        list.push_back(sample.count() < 0 ? json(nullptr)
                                          : json(static_cast<double>(sample.count()) / 1000.0));
    return list;
}

json row_of(const public_backend& row) {
    return {{"name", row.name.text()},
            {"health", name_of(row.now)},
            {"transport", row.transport},
            {"auth_type", row.auth_type},
            {"metadata", row.metadata},
            {"mcp_revision", row.revision},
            {"routable", row.routable},
            {"category", row.category},
            {"consecutive_failures", row.consecutive_failures},
            {"last_check", row.last_check ? json(rfc3339(*row.last_check)) : json(nullptr)},
            {"last_change", rfc3339(row.last_change)},
            {"transitions", row.transitions},
            {"checks", row.checks},
            {"reinitialised", row.reinitialised},
            {"circuit", row.circuit_state ? json(name_of(*row.circuit_state)) : json(nullptr)},
            {"circuit_changed",
             row.circuit_changed == wall_time{} ? json(nullptr) : json(rfc3339(row.circuit_changed))},
            {"latency_ms", latencies_of(row.latency)}};
}

// Those rows of `all` that are on the page.
template <class Row>
std::span<const Row> rows_on(const std::vector<Row>& all, const status_page& page) {
    const auto begin = std::min(page.begin(), all.size());
    return std::span(all).subspan(begin, std::min(page.rows, all.size() - begin));
}

std::size_t pages_for(std::size_t rows, const status_page& page) {
    return std::max<std::size_t>(1, (rows + page.rows - 1) / page.rows);
}

// `more` conditions are for operators.
json body_of(const public_status& status, const status_page& page, std::size_t hidden_total,
             const std::vector<condition>& more = {}) {
    json backends = json::array();
    for (const auto& row : rows_on(status.backends, page))
        backends.push_back(row_of(row));
    json hidden = json::array();
    for (const auto& one : status.hidden)
        hidden.push_back({{"kind", one.kind}, {"backend", one.backend.text()}, {"name", one.name.text()}});
    return {{"backends", std::move(backends)},
            {"healthy", status.counts.healthy > 0},
            {"version", status.version},
            {"group_ref", status.group_ref},
            {"phase", name_of(status.now)},
            {"message", message_of(status.counts, status.now)},
            {"conditions", conditions_json(status, more)},
            {"counts", counts_of(status.counts)},
            {"metadata", status.metadata},
            {"hidden", std::move(hidden)},
            {"hidden_total", hidden_total},
            {"page", page.number},
            {"pages", pages_for(std::max(status.backends.size(), hidden_total), page)}};
}

json readyz_of(const public_status& status, bool ready) {
    json backends = json::array();
    for (const public_backend& row : status.backends)
        backends.push_back({{"name", row.name.text()},
                            {"health", name_of(row.now)},
                            {"routable", row.routable},
                            {"category", row.category}});
    return {{"status", ready ? "ready" : "not_ready"},
            {"mode", "static"},
            {"phase", name_of(status.now)},
            {"message", message_of(status.counts, status.now)},
            {"counts", counts_of(status.counts)},
            {"backends", std::move(backends)}};
}

} // namespace

std::string status_json(const public_status& status, const status_page& page, std::size_t hidden_total) {
    return text_of(body_of(status, page, hidden_total));
}

std::string status_json(const overview& overview, const status_extras& extras) {
    json out = body_of(public_part(overview, extras.hidden, extras.refused), extras.page, extras.hidden_total,
                       extras.more);
    auto told = out["backends"].begin();
    for (const backend_row& row : rows_on(overview.backends, extras.page)) {
        json& one = *told++;
        one["name"] = row.name;
        one["transport"] = row.transport;
        one["auth_type"] = row.auth_type;
        one["sessions"] = row.sessions;
        if (row.sessions_found)
            one["sessions_found"] = true;
        one["mcp_revision"] = row.health.revision;
        one["category"] = row.health.category;
        one["url"] = row.url;
        one["reason"] = row.health.reason;
    }
    auto hidden = out["hidden"].begin();
    for (const hidden_row& row : extras.hidden) {
        json& one = *hidden++;
        one["backend"] = row.backend;
        one["name"] = row.name;
        one["reason"] = row.reason;
    }
    if (extras.refused != nullptr)
        out["reload_refused"] = {{"when", rfc3339(extras.refused->when)},
                                 {"by", extras.refused->by},
                                 {"problems", extras.refused->problems}};
    return text_of(out);
}

std::string backends_health_json(const public_status& status) {
    json backends = json::object();
    for (const public_backend& row : status.backends)
        backends[row.name.text()] = {
            {"Status", name_of(row.now)},
            {"ConsecutiveFailures", row.consecutive_failures},
            {"LastCheckTime", rfc3339(row.last_check.value_or(wall_time{}))},
            {"LastErrorCategory", row.category},
            {"LastTransitionTime", rfc3339(row.last_change)},
            {"CircuitState", row.circuit_state ? name_of(*row.circuit_state) : std::string_view{}},
            {"CircuitLastChanged", rfc3339(row.circuit_changed)},
            {"MCPRevision", row.revision},
        };
    const backend_counts& c = status.counts;
    return text_of({{"monitoring_enabled", status.monitoring},
                    {"summary",
                     {{"Total", c.total},
                      {"Healthy", c.healthy},
                      {"Degraded", c.degraded},
                      {"Unhealthy", c.unhealthy},
                      {"Unknown", c.unknown},
                      {"Unauthenticated", c.unauthenticated}}},
                    {"backends", std::move(backends)}});
}

std::string readyz_json(const public_status& status, bool ready) {
    return text_of(readyz_of(status, ready));
}

std::string readyz_json(const overview& overview, bool ready) {
    json out = readyz_of(public_part(overview), ready);
    auto told = out["backends"].begin();
    for (const backend_row& row : overview.backends) {
        json& one = *told++;
        one["name"] = row.name;
        one["category"] = row.health.category;
        one["reason"] = row.health.reason;
    }
    return text_of(out);
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
