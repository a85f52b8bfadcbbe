#include "vmcp/program/ui_data.hpp"

#include "health/status_json.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

// What backends say may hold bytes that are no UTF-8; one of them must not take the page down.
std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::string ui_status_json(std::string_view name, const fleet_view& of, const ui_counts& counts,
                           const health::status_extras& extras) {
    json loads = json::array();
    for (const auto& one : of.loads)
        loads.push_back({{"running", one.calls.running},
                         {"waiting", one.calls.waiting},
                         {"reinitialized", one.gate ? one.gate->reinitializations() : 0}});
    const json numbers{{"sessions", counts.sessions},
                       {"streams", counts.streams},
                       {"in_flight", counts.in_flight},
                       {"started", counts.started}};
    // All backends at once; what is hidden is part of the catalogue, which is sent only when it changes.
    auto told = extras;
    told.page.rows = std::max<std::size_t>(1, of.health.backends.size());
    return fmt::format(R"({{"name":{},"counts":{},"loads":{},"status":{}}})", text_of(json(name)),
                       text_of(numbers), text_of(loads), health::status_json(of.health, told));
}

std::string ui_catalog_json(const catalog& of) {
    json visible = json::array();
    for (const auto& one : of.visible())
        visible.push_back({{"kind", spec_of(one.kind).label},
                           {"name", one.exposed},
                           {"backend", one.backend},
                           {"original", one.original},
                           {"note", one.note}});
    json hidden = json::array();
    for (const auto& one : of.hidden())
        hidden.push_back({{"kind", spec_of(one.kind).label},
                          {"name", one.name},
                          {"backend", one.backend},
                          {"reason", one.reason}});
    return text_of({{"visible", std::move(visible)}, {"hidden", std::move(hidden)}});
}

} // namespace vmcp
