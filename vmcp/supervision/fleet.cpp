#include "vmcp/supervision/fleet.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>

namespace vmcp {
namespace {

// Each source has a name of its own, but may define one name several times.
std::string shadow_name(const fleet_row& row, std::set<std::string>& taken) {
    const auto first = fmt::format("{}@{}", row.definition.name, row.source);
    auto name = first;
    for (unsigned n = 2; !taken.insert(name).second; ++n)
        name = fmt::format("{}@{}", first, n);
    return name;
}

} // namespace

std::vector<backend_config> fleet::definitions() const {
    std::vector<backend_config> out;
    for (const auto& row : rows)
        if (!row.shadowed)
            out.push_back(row.definition);
    return out;
}

fleet merge_sources(const std::vector<source_definitions>& sources) {
    fleet out;
    std::map<std::string, std::string, std::less<>> owners; // names and the sources that have them
    std::set<std::string> shadows;
    for (const auto& [source, definitions] : sources)
        for (const auto& definition : definitions) {
            fleet_row row{.definition = definition, .source = source};
            const auto [owner, is_first] = owners.emplace(definition.name, source);
            if (!is_first) {
                row.shadowed = true;
                row.definition.problem =
                    owner->second == source
                        ? fmt::format("the name \"{}\" is taken by an earlier definition", definition.name)
                        : fmt::format("the name \"{}\" is taken by a backend of: {}", definition.name,
                                      owner->second);
                row.definition.name = shadow_name(row, shadows);
            }
            out.rows.push_back(std::move(row));
        }
    return out;
}

} // namespace vmcp
