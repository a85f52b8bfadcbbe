#include "vmcp/program/ui_entry.hpp"

#include "vmcp/base/percent.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
std::optional<entry_query> read_entry_query(std::string_view query) {
    for (const auto kind : all_list_kinds) {
        const auto start = fmt::format("kind={}&name=", spec_of(kind).label);
        if (!query.starts_with(start))
            continue;
        auto name = percent_decoded(query.substr(start.size()));
        if (!name)
            return std::nullopt;
        return entry_query{kind, std::move(*name)};
    }
    return std::nullopt;
}

std::optional<std::string> ui_entry_json(const catalog& catalog, const entry_query& asked, std::size_t most) {
    const auto shown = catalog.visible(asked.kind);
    const auto found = std::ranges::find(shown, asked.name, &visible_entry::exposed);
    if (found == shown.end())
        return std::nullopt;
    const auto entry = catalog.entry_text(asked.kind, static_cast<std::size_t>(found - shown.begin()));
    if (entry.size() > most)
        return fmt::format(R"({{"bytes":{}}})", entry.size());
    return fmt::format(R"({{"entry":{}}})", entry);
}

} // namespace vmcp
