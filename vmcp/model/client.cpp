#include "vmcp/model/client.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace vmcp {

namespace {

// The members of `object` that are in `known`, as they are declared: by an object, or by `true`.
std::string known_members(std::string_view object, json_kind declared_by,
                          std::initializer_list<std::string_view> known) {
    std::string out;
    for (const auto name : known) {
        const auto member = json_member(object, name);
        if (member.kind != declared_by || member.raw == "false")
            continue;
        out.append(out.empty() ? "" : ",");
        out.append(fmt::format(R"("{}":{})", name, declared_by == json_kind::object ? "{}" : member.raw));
    }
    return out;
}

} // namespace

client_capabilities read_client_capabilities(std::string_view raw_object) {
    client_capabilities out;
    std::string raw;
    const auto take = [&](std::string_view name, json_kind declared_by,
                          std::initializer_list<std::string_view> known) {
        const auto member = json_member(raw_object, name);
        if (member.kind != json_kind::object)
            return false;
        raw.append(raw.empty() ? "" : ",");
        raw.append(fmt::format(R"("{}":{{{}}})", name, known_members(member.raw, declared_by, known)));
        return true;
    };
    out.sampling = take("sampling", json_kind::object, {"context", "tools"});
    out.elicitation = take("elicitation", json_kind::object, {"form", "url"});
    out.roots = take("roots", json_kind::boolean, {"listChanged"});
    out.raw = "{" + raw + "}";
    return out;
}

std::string client_capabilities::lacking(std::string_view method, std::string_view params) const {
    const auto declares = [&](std::string_view feature, std::string_view part) {
        return !json_member(json_member(raw, feature).raw, part).empty();
    };
    if (method == "roots/list")
        return roots ? "" : R"({"roots":{}})";
    if (method == "sampling/createMessage") {
        const bool with_tools = !json_optional(params, "tools", any_depth).empty() ||
                                !json_optional(params, "toolChoice", any_depth).empty();
        if (with_tools && !declares("sampling", "tools"))
            return R"({"sampling":{"tools":{}}})";
        return sampling ? "" : R"({"sampling":{}})";
    }
    if (method != "elicitation/create")
        return "{}";
    const auto mode = json_optional(params, "mode", any_depth).raw;
    const bool url = mode == R"("url")";
    if (!url && !mode.empty() && mode != R"("form")")
        return "{}";
    // Declared without a mode it is that of forms, which was the only one (MCP 2025-11-25, client/elicitation).
    const bool plain = elicitation && !declares("elicitation", "form") && !declares("elicitation", "url");
    if (declares("elicitation", url ? "url" : "form") || (plain && !url))
        return "";
    if (url)
        return R"({"elicitation":{"url":{}}})";
    return elicitation ? R"({"elicitation":{"form":{}}})" : R"({"elicitation":{}})";
}

bool wants_log(log_level wanted, std::string_view raw_level) noexcept {
    if (wanted == log_level::unset || raw_level.size() < 2)
        return true;
    const auto given = parse_log_level(raw_level.substr(1, raw_level.size() - 2));
    return !given || *given >= wanted;
}

} // namespace vmcp
