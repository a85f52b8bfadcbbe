#include "vmcp/program/reload_outcome.hpp"

#include "health/status_json.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

std::string_view word_of(reload_outcome::kind kind) noexcept {
    switch (kind) {
    case reload_outcome::kind::unchanged:
        return "unchanged";
    case reload_outcome::kind::refused:
        return "refused";
    case reload_outcome::kind::reloaded:
        break;
    }
    return "reloaded";
}

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

std::string reload_json(const reload_outcome& outcome) {
    json out;
    out["status"] = word_of(outcome.what);
    if (outcome.what == reload_outcome::kind::refused)
        out["problems"] = outcome.problems;
    if (outcome.what == reload_outcome::kind::reloaded) {
        out["backends"] = {{"added", outcome.backends.added},
                           {"removed", outcome.backends.removed},
                           {"replaced", changes(outcome.backends.replaced)},
                           {"adjusted", changes(outcome.backends.adjusted)},
                           {"untouched", outcome.backends.untouched}};
        out["needs_restart"] = outcome.needs_restart;
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string last_reload_json(const last_reload& reload) {
    return json{{"when", health::rfc3339(reload.when)},
                {"by", reload.by},
                {"status", word_of(reload.what)},
                {"changes", reload.changes},
                {"needs_restart", reload.needs_restart}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

reload_history recorded(reload_history before, const reload_outcome& one, std::string_view by,
                        health::wall_time now) {
    auto& figures = before.figures;
    const bool reloaded = one.what == reload_outcome::kind::reloaded;
    before.last = {.when = now,
                   .by = std::string(by),
                   .what = one.what,
                   .changes = reloaded ? health::describe(one.backends) : std::string(),
                   .needs_restart = one.needs_restart};
    if (one.what == reload_outcome::kind::refused) {
        ++figures.refused;
        figures.last_succeeded = false;
        constexpr std::size_t most = 100;
        auto& refused = before.refused.emplace(
            health::refused_reload{.when = now, .by = std::string(by), .problems = one.problems});
        if (const auto all = refused.problems.size(); all > most) {
            refused.problems.resize(most);
            refused.problems.push_back(fmt::format("and {} more: see the log", all - most));
        }
    } else {
        ++figures.succeeded;
        figures.last_succeeded = true;
        figures.last_success = std::chrono::duration<double>(now.time_since_epoch()).count();
        before.refused.reset();
    }
    return before;
}

} // namespace vmcp
