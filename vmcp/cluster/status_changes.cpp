#include "vmcp/cluster/status_changes.hpp"

#include "vmcp/base/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace vmcp {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
    if (!object.is_object())
        return {};
    const auto it = object.find(member);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// Name to status.
std::map<std::string, std::string> backends_of(const json& status) {
    std::map<std::string, std::string> out;
    const auto all = status.is_object() ? status.find("discoveredBackends") : status.end();
    if (all != status.end() && all->is_array())
        for (const auto& one : *all)
            out.emplace(text_of(one, "name"), text_of(one, "status"));
    return out;
}

struct direction {
    std::string_view status; // of the CRD; "": it is listed no more
    bool warning;
    std::string_view reason;
    std::string_view one; // "notes is ready"
    std::string_view more;
};

constexpr std::array<direction, 5> directions{{
    {"ready", false, "BackendReady", "is ready", "are ready"},
    {"degraded", true, "BackendDegraded", "is degraded", "are degraded"},
    {"unavailable", true, "BackendUnavailable", "is unavailable", "are unavailable"},
    {"unauthenticated", true, "BackendUnauthenticated", "wants other credentials", "want other credentials"},
    {"", false, "BackendRemoved", "was removed", "were removed"},
}};

status_change change_of(const direction& to, const std::vector<std::string>& names) {
    const auto shown = std::min(names.size(), most_named);
    auto note =
        fmt::format("{} {}", names.size() == 1 ? "Backend" : "Backends",
                    fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (names.size() > shown)
        note += fmt::format(" and {} more", names.size() - shown);
    note += fmt::format(" {}", names.size() == 1 ? to.one : to.more);
    return {.warning = to.warning, .reason = std::string(to.reason), .note = std::move(note)};
}

} // namespace

std::vector<status_change> changes_between(const json& before, const json& after) {
    std::vector<status_change> out;
    const auto phase = text_of(after, "phase");
    if (phase != text_of(before, "phase") && phase != "Pending" && !phase.empty())
        out.push_back(
            {.warning = phase != "Ready", .reason = "Gateway" + phase, .note = text_of(after, "message")});
    const auto old = backends_of(before);
    const auto now = backends_of(after);
    for (const auto& to : directions) {
        std::vector<std::string> names;
        for (const auto& [name, status] : to.status.empty() ? old : now) {
            const auto was = old.find(name);
            const bool went = to.status.empty()
                                  ? !now.contains(name)
                                  : status == to.status && (was == old.end() || was->second != status);
            if (went)
                names.push_back(name);
        }
        if (!names.empty())
            out.push_back(change_of(to, names));
    }
    return out;
}

} // namespace vmcp
