#include "vmcp/program/ui_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vmcp {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto plain = text.substr(0, text.find('%'));
        out.append(plain);
        text.remove_prefix(plain.size());
        if (text.empty())
            break;
        unsigned byte = 0;
        const auto digits = text.substr(1, 2);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || read.ec != std::errc() || read.ptr != digits.data() + digits.size())
            return std::nullopt;
        out.push_back(static_cast<char>(byte));
        text.remove_prefix(3);
    }
    return out;
}

} // namespace

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
    const auto entry = catalog.list(asked.kind).entries()[static_cast<std::size_t>(found - shown.begin())];
    if (entry.size() > most)
        return fmt::format(R"({{"bytes":{}}})", entry.size());
    return fmt::format(R"({{"entry":{}}})", entry);
}

} // namespace vmcp
