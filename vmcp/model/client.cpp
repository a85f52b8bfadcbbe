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

bool client_capabilities::allows(std::string_view method) const noexcept {
    if (method == "sampling/createMessage")
        return sampling;
    if (method == "elicitation/create")
        return elicitation;
    return method == "roots/list" && roots;
}

bool wants_log(log_level wanted, std::string_view raw_level) noexcept {
    if (wanted == log_level::unset || raw_level.size() < 2)
        return true;
    const auto given = parse_log_level(raw_level.substr(1, raw_level.size() - 2));
    return !given || *given >= wanted;
}

} // namespace vmcp
