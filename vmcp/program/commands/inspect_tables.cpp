#include "vmcp/program/commands/inspect_tables.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

const json& member(const json& object, std::string_view name) {
    static const json nothing;
    const auto it = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && it != object.end() ? *it : nothing;
}

std::string text(const json& object, std::string_view name) {
    const auto& value = member(object, name);
    if (value.is_null())
        return {};
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What to call an entry for people: its description, or its title where there is none.
std::string description(const json& entry) {
    auto words = text(entry, "description");
    return words.empty() ? text(entry, "title") : words;
}

void append_argument(std::string& out, const std::string& name, bool required) {
    out.append(out.empty() ? "" : ", ").append(name).append(required ? "" : "?");
}

// The properties of an inputSchema.
std::string schema_arguments(const json& schema) {
    const auto& required = member(schema, "required");
    const auto& properties = member(schema, "properties");
    std::string out;
    if (properties.is_object())
        for (const auto& [name, ignored] : properties.items())
            append_argument(out, name, required.is_array() && std::ranges::count(required, json(name)) > 0);
    return out.empty() ? "-" : out;
}

std::string prompt_arguments(const json& arguments) {
    std::string out;
    if (arguments.is_array())
        for (const auto& one : arguments)
            append_argument(out, text(one, "name"), member(one, "required") == true);
    return out.empty() ? "-" : out;
}

json parsed(std::string_view raw) {
    return json::parse(raw, nullptr, false);
}

// "2026-03-19T08:15:30.123Z" without its fraction; ToolHive's zero time means never.
std::string time_cell(std::string time) {
    if (time.empty() || time.starts_with("0001-"))
        return "never";
    if (const auto dot = time.find('.'); dot != std::string::npos && time.ends_with('Z'))
        time.erase(dot, time.size() - 1 - dot);
    return time;
}

std::string problem_cell(const json& health) {
    const auto category = text(health, "LastErrorCategory");
    const auto failures = text(health, "ConsecutiveFailures");
    if (category.empty())
        return "-";
    return failures.empty() || failures == "0" ? category
                                               : fmt::format("{}, {} in a row", category, failures);
}

template <class Function>
void for_each_backend(const json& status, Function&& function) {
    const auto& backends = member(status, "backends");
    if (backends.is_array())
        for (const auto& one : backends)
            function(one);
}

} // namespace

text_table tools_table(const std::vector<std::string>& tools) {
    text_table table({"NAME", "ARGUMENTS", "DESCRIPTION"});
    for (const auto& raw : tools) {
        const auto one = parsed(raw);
        table.add({text(one, "name"), schema_arguments(member(one, "inputSchema")), description(one)});
    }
    return table;
}

text_table prompts_table(const std::vector<std::string>& prompts) {
    text_table table({"NAME", "ARGUMENTS", "DESCRIPTION"});
    for (const auto& raw : prompts) {
        const auto one = parsed(raw);
        table.add({text(one, "name"), prompt_arguments(member(one, "arguments")), description(one)});
    }
    return table;
}

text_table resources_table(const std::vector<std::string>& resources,
                           const std::vector<std::string>& templates) {
    text_table table({"URI", "NAME", "TYPE", "DESCRIPTION"});
    for (const auto& raw : resources) {
        const auto one = parsed(raw);
        table.add({text(one, "uri"), text(one, "name"), text(one, "mimeType"), description(one)});
    }
    for (const auto& raw : templates) {
        const auto one = parsed(raw);
        table.add({text(one, "uriTemplate"), text(one, "name"), text(one, "mimeType"), description(one)});
    }
    return table;
}

text_table backends_table(std::string_view status, std::string_view health) {
    text_table table({"NAME", "HEALTH", "TRANSPORT", "REVISION", "AUTH", "LAST CHECK", "PROBLEM"});
    const auto all = parsed(status);
    const auto details = parsed(health);
    for_each_backend(all, [&](const json& one) {
        const auto& detail = member(member(details, "backends"), text(one, "name"));
        const auto revision = text(one, "mcp_revision");
        table.add({text(one, "name"), text(one, "health"), text(one, "transport"),
                   revision.empty() ? "unknown" : revision, text(one, "auth_type"),
                   time_cell(text(detail, "LastCheckTime")), problem_cell(detail)});
    });
    return table;
}

std::string backend_reasons(std::string_view status) {
    std::string out;
    const auto all = parsed(status);
    for_each_backend(all, [&](const json& one) {
        const auto health = text(one, "health");
        const auto reason = text(one, "reason");
        if (health != "healthy" && !reason.empty())
            out.append(printable_line(fmt::format("{} is {}: {}", text(one, "name"), health, reason)))
                .append("\n");
    });
    return out;
}

bool has_unhealthy(std::string_view status) {
    bool found = false;
    const auto all = parsed(status);
    for_each_backend(all, [&](const json& one) { found = found || text(one, "health") != "healthy"; });
    return found;
}

bool same_gateway(std::string_view one, std::string_view other) {
    const auto signature = [](std::string_view status) {
        const auto all = parsed(status);
        std::vector<std::string> out{text(all, "version"), text(all, "group_ref")};
        for_each_backend(all, [&](const json& backend) { out.push_back(text(backend, "name")); });
        return out;
    };
    return signature(one) == signature(other);
}

std::size_t pages_of(std::string_view status) {
    constexpr std::size_t most = 5'000;
    const auto all = parsed(status);
    const auto& pages = member(all, "pages");
    return pages.is_number_unsigned() ? std::min(pages.get<std::size_t>(), most) : 1;
}

void append_backends(std::string& status, std::string_view page) {
    auto all = parsed(status);
    const auto more = parsed(page);
    for (const auto* name : {"backends", "hidden"})
        if (const auto& rows = member(more, name); rows.is_array() && all.is_object() && all[name].is_array())
            all[name].insert(all[name].end(), rows.begin(), rows.end());
    status = all.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_array(const std::vector<std::string>& entries) {
    std::string out = "[";
    for (const auto& one : entries)
        out.append(out.size() == 1 ? "\n" : ",\n").append(one);
    return out.append(entries.empty() ? "]" : "\n]");
}

} // namespace vmcp
