#include "vmcp/program/ui_data.hpp"

#include "health/status_json.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

// What backends say may hold bytes that are no UTF-8; one of them must not take the page down.
std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_every_address(std::string_view host) noexcept {
    return host == "0.0.0.0" || host == "::";
}

// What `allowedHosts` says of where clients call, with a port.
std::string public_authority(const std::vector<std::string>& allowed_hosts, std::uint16_t port) {
    const auto named = std::ranges::find_if(allowed_hosts, [](const auto& one) { return one != "*"; });
    if (named == allowed_hosts.end())
        return {};
    const auto after_address = named->find(']');
    const bool has_port =
        named->find(':', after_address == std::string::npos ? 0 : after_address) != std::string::npos;
    return has_port ? *named : fmt::format("{}:{}", *named, port);
}

// The failed calls of all backends, newest first.
json failures_of(const fleet_view& view) {
    constexpr std::size_t most = 200;
    struct row {
        const health::backend_row* backend;
        backend_gate::failed_call call;
    };
    std::vector<row> rows;
    for (std::size_t i = 0; i < view.loads.size(); ++i)
        if (view.loads[i].gate)
            for (auto& one : view.loads[i].gate->recent_failures())
                rows.push_back({&view.health.backends[i], std::move(one)});
    std::ranges::sort(rows, std::ranges::greater(), [](const row& one) { return one.call.when; });
    json out = json::array();
    for (const auto& one : rows) {
        if (out.size() == most)
            break;
        out.push_back({{"backend", one.backend->name},
                       {"when", health::rfc3339(one.call.when)},
                       {"text", without_secrets(health::describe(one.call.met, one.backend->url), {})}});
    }
    return out;
}

json lines_of(const std::vector<recent_lines::line>& lines) {
    json out = json::array();
    for (const auto& one : lines)
        out.push_back({{"when", health::rfc3339(one.when)},
                       {"level", one.level == log::level::error ? "error" : "warn"},
                       {"text", one.text},
                       {"times", one.times}});
    return out;
}

} // namespace

std::string endpoint_url(const config& settings, std::uint16_t port) {
    if (!settings.incoming.oidc.resource.empty())
        return settings.incoming.oidc.resource;
    auto authority = public_authority(settings.listener.allowed_hosts, port);
    if (authority.empty()) {
        const auto& host = settings.given.host;
        authority = host_and_port(host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host, port);
    }
    return fmt::format("{}://{}/mcp", settings.listener.tls.enabled() ? "https" : "http", authority);
}

std::string ui_gateway_json(const config& settings, std::uint16_t port, const reload_history& reloads,
                            const std::vector<recent_lines::line>& lines, const fleet_view& view) {
    const bool by_address = settings.incoming.oidc.resource.empty() &&
                            public_authority(settings.listener.allowed_hosts, port).empty();
    const json out{{"endpoint", endpoint_url(settings, port)},
                   {"every_address", by_address && is_every_address(settings.given.host)},
                   {"login", settings.incoming.type == incoming_auth::kind::oidc},
                   {"trial", !settings.admin.token.empty()},
                   {"errors", lines_of(lines)},
                   {"failures", failures_of(view)}};
    auto text = text_of(out);
    text.pop_back();
    return fmt::format(R"({},"reload":{}}})", text,
                       reloads.last ? last_reload_json(*reloads.last) : std::string("null"));
}

std::string ui_status_json(std::string_view name, const fleet_view& view, const ui_counts& counts,
                           const health::status_extras& extras) {
    json loads = json::array();
    for (const auto& one : view.loads)
        loads.push_back({{"running", one.calls.running},
                         {"waiting", one.calls.waiting},
                         {"reinitialized", one.gate ? one.gate->reinitializations() : 0}});
    const json numbers{{"sessions", counts.sessions},
                       {"streams", counts.streams},
                       {"in_flight", counts.in_flight},
                       {"started", counts.started}};
    // All backends at once; what is hidden is part of the catalogue, which is sent only when it changes.
    auto told = extras;
    told.page.rows = std::max<std::size_t>(1, view.health.backends.size());
    return fmt::format(R"({{"name":{},"counts":{},"loads":{},"status":{}}})", text_of(json(name)),
                       text_of(numbers), text_of(loads), health::status_json(view.health, told));
}

std::string ui_catalog_json(const catalog& catalog) {
    json visible = json::array();
    for (const auto& one : catalog.visible())
        visible.push_back({{"kind", spec_of(one.kind).label},
                           {"name", one.exposed},
                           {"backend", one.backend},
                           {"original", one.original},
                           {"note", one.note}});
    json hidden = json::array();
    for (const auto& one : catalog.hidden())
        hidden.push_back({{"kind", spec_of(one.kind).label},
                          {"name", one.name},
                          {"backend", one.backend},
                          {"reason", one.reason}});
    return text_of({{"visible", std::move(visible)}, {"hidden", std::move(hidden)}});
}

} // namespace vmcp
