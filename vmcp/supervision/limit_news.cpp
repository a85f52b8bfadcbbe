#include "vmcp/supervision/limit_news.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/service/look_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace vmcp {

std::string limit_news::line(std::set<std::string>& told) const {
    constexpr std::size_t most = 8; // names in a line
    constexpr std::size_t longest = 64;
    if (!known)
        return {};
    std::vector<std::string> fresh;
    for (const auto& name : nobody_has)
        if (!told.contains(name))
            fresh.push_back("'" + excerpt_of(name, {}, longest) + "'");
    told = nobody_has;
    if (fresh.empty())
        return {};
    const auto left_out = fresh.size() - std::min(fresh.size(), most);
    fresh.resize(std::min(fresh.size(), most));
    return fmt::format(
        "rateLimiting.tools: no client sees a tool {}{}: give names as `vmcp inspect tools` shows them",
        fmt::join(fresh, ", "), left_out == 0 ? "" : fmt::format(" and {} more", left_out));
}

limit_news look_at_limits(const offering& from, const snapshot& made) {
    limit_news out;
    out.known = std::ranges::all_of(
        from.backends, [](const auto& one) { return one.lists != nullptr || !one.withdrawn.empty(); });
    for (const auto& limit : from.settings->rate_limits.tools)
        if (find_named(made, list_kind::tools, limit.name).to == nullptr)
            out.nobody_has.insert(limit.name);
    return out;
}

} // namespace vmcp
