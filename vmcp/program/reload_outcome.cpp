#include "vmcp/program/reload_outcome.hpp"

#include <nlohmann/json.hpp>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

json changes(const std::vector<health::backend_change>& list) {
    json out = json::array();
    for (const auto& one : list) {
        json parts = json::array();
        for (const auto part : one.parts)
            parts.push_back(name_of(part));
        out.push_back({{"name", one.name}, {"parts", std::move(parts)}});
    }
    return out;
}

} // namespace

std::string reload_json(const reload_outcome& of) {
    json out;
    switch (of.what) {
    case reload_outcome::kind::unchanged:
        out = {{"status", "unchanged"}};
        break;
    case reload_outcome::kind::refused:
        out = {{"status", "refused"}, {"problems", of.problems}};
        break;
    case reload_outcome::kind::reloaded:
        out = {{"status", "reloaded"},
               {"backends",
                {{"added", of.backends.added},
                 {"removed", of.backends.removed},
                 {"replaced", changes(of.backends.replaced)},
                 {"adjusted", changes(of.backends.adjusted)},
                 {"untouched", of.backends.untouched}}},
               {"needs_restart", of.needs_restart}};
        break;
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

reload_figures counted(reload_figures before, const reload_outcome& one, double now) {
    if (one.what == reload_outcome::kind::refused) {
        ++before.refused;
        before.last_succeeded = false;
    } else {
        ++before.succeeded;
        before.last_succeeded = true;
        before.last_success = now;
    }
    return before;
}

} // namespace vmcp
