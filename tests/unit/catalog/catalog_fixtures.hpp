// Small builders for the catalog's tests.
#pragma once

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp::test {

inline config config_of(const std::vector<std::string>& backends,
                        conflict_resolution rule = conflict_resolution::priority) {
    config out;
    for (const auto& name : backends) {
        backend_config backend;
        backend.name = name;
        out.backends.push_back(std::move(backend));
    }
    out.aggregation.resolution = rule;
    return out;
}

inline list_item item(std::string_view member, std::string key, std::string_view rest = "") {
    std::string raw = "{\"" + std::string(member) + "\":" + vmcp::quoted(std::string_view(key));
    raw += std::string(rest) + "}";
    return {std::move(key), std::move(raw)};
}

inline backend_lists tools_of(std::string backend, const std::vector<std::string>& names) {
    backend_lists out;
    out.backend = std::move(backend);
    for (const auto& name : names)
        out.tools.push_back(item("name", name, R"(,"inputSchema":{"type":"object"})"));
    return out;
}

inline backend_lists prompts_of(std::string backend, const std::vector<std::string>& names) {
    backend_lists out;
    out.backend = std::move(backend);
    for (const auto& name : names)
        out.prompts.push_back(item("name", name));
    return out;
}

inline backend_lists uris_of(std::string backend, const std::vector<std::string>& uris,
                             const std::vector<std::string>& templates = {}) {
    backend_lists out;
    out.backend = std::move(backend);
    for (const auto& uri : uris)
        out.resources.push_back(item("uri", uri, R"(,"name":"r")"));
    for (const auto& text : templates)
        out.templates.push_back(item("uriTemplate", text, R"(,"name":"t")"));
    return out;
}

// "exposed=backend/original" of every visible entry of a kind, in list order.
inline std::vector<std::string> shown(const catalog& merged, list_kind kind) {
    std::vector<std::string> out;
    for (const auto& entry : merged.visible())
        if (entry.kind == kind)
            out.push_back(entry.exposed + "=" + entry.backend + "/" + entry.original);
    return out;
}

// "backend/name: reason" of every hidden entry of a kind.
inline std::vector<std::string> hidden(const catalog& merged, list_kind kind) {
    std::vector<std::string> out;
    for (const auto& entry : merged.hidden())
        if (entry.kind == kind)
            out.push_back(entry.backend + "/" + entry.name + ": " + entry.reason);
    return out;
}

inline std::string note_of(const catalog& merged, std::string_view exposed) {
    for (const auto& entry : merged.visible())
        if (entry.exposed == exposed)
            return entry.note;
    return "no such entry";
}

// All pages of a list as the client collects them.
inline std::vector<std::string> all_pages(const catalog& merged, list_kind kind) {
    std::vector<std::string> out;
    std::string cursor;
    std::string made;
    do {
        const auto page = merged.list(kind).page(cursor, made);
        out.emplace_back(page.value());
        cursor = json_member(out.back(), "nextCursor").raw;
    } while (!cursor.empty() && out.size() < 10'000);
    return out;
}

inline std::string only_page(const catalog& merged, list_kind kind) {
    const auto pages = all_pages(merged, kind);
    return pages.size() == 1 ? pages.front() : "there are " + std::to_string(pages.size()) + " pages";
}

using strings = std::vector<std::string>;

} // namespace vmcp::test
