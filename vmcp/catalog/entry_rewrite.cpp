#include "vmcp/catalog/entry_rewrite.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <vector>

namespace vmcp {
namespace {

// "{" plus the assignments that `present` does not mark, each with a comma behind it where more follows.
void open_with_missing(std::string& out, std::span<const json_assignment> assignments,
                       const std::vector<bool>& present, bool object_is_empty) {
    out.push_back('{');
    bool first = true;
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        if (present[i])
            continue;
        if (!first)
            out.push_back(',');
        first = false;
        append_quoted(out, assignments[i].key);
        out.push_back(':');
        out.append(assignments[i].value);
    }
    if (!first && !object_is_empty)
        out.push_back(',');
}

bool wants_annotations(const annotation_override& wanted) {
    return wanted != annotation_override{};
}

// The annotations object with the overridden hints; `old` may be empty or anything but an object.
std::string rewrite_annotations(json_slice old, const annotation_override& wanted) {
    std::string title;
    std::vector<json_assignment> hints;
    if (wanted.title) {
        title = vmcp::quoted(*wanted.title);
        hints.push_back({"title", title});
    }
    const auto hint = [&](std::string_view key, std::optional<bool> value) {
        if (value)
            hints.push_back({key, *value ? "true" : "false"});
    };
    hint("readOnlyHint", wanted.read_only_hint);
    hint("destructiveHint", wanted.destructive_hint);
    hint("idempotentHint", wanted.idempotent_hint);
    hint("openWorldHint", wanted.open_world_hint);
    if (old.kind == json_kind::object && !old.empty())
        if (auto changed = set_members(old.raw, hints))
            return *std::move(changed);
    return set_members("{}", hints).value_or("{}");
}

} // namespace

std::optional<std::string> replace_member(std::string_view object, std::string_view key,
                                          std::string_view raw_value) {
    const json_slice old = json_member(object, key, list_json_depth);
    if (old.empty())
        return std::nullopt;
    const auto offset = static_cast<std::size_t>(old.raw.data() - object.data());
    std::string out;
    out.reserve(object.size() - old.raw.size() + raw_value.size());
    out.append(object.substr(0, offset));
    out.append(raw_value);
    out.append(object.substr(offset + old.raw.size()));
    return out;
}

std::optional<std::string> set_members(std::string_view object,
                                       std::span<const json_assignment> assignments) {
    json_cursor cursor(object, list_json_depth);
    if (!cursor.enter_object())
        return std::nullopt;
    const std::size_t behind_brace = cursor.offset();
    std::vector<bool> present(assignments.size());
    std::string rest; // what follows the opening brace
    std::size_t copied = behind_brace;
    bool empty = true;
    bool done = false;
    std::string_view raw_key;
    while (cursor.next_member(raw_key, done) && !done) {
        empty = false;
        json_slice value;
        if (!cursor.value(value))
            return std::nullopt;
        for (std::size_t i = 0; i < assignments.size(); ++i) {
            if (!json_key_is(raw_key, assignments[i].key))
                continue;
            present[i] = true;
            const auto offset = static_cast<std::size_t>(value.raw.data() - object.data());
            rest.append(object.substr(copied, offset - copied)).append(assignments[i].value);
            copied = offset + value.raw.size();
            break;
        }
    }
    if (!done || !cursor.at_end())
        return std::nullopt;
    std::string out(object.substr(0, behind_brace - 1));
    open_with_missing(out, assignments, present, empty);
    out.append(rest).append(object.substr(copied));
    return out;
}

std::optional<std::string> rewrite_tool(std::string_view raw, std::string_view quoted_name,
                                        const tool_override& changes) {
    if (json_member(raw, "name", list_json_depth).empty())
        return std::nullopt;
    std::string description;
    std::string annotations;
    std::vector<json_assignment> assignments{{"name", quoted_name}};
    if (changes.description) {
        description = vmcp::quoted(*changes.description);
        assignments.push_back({"description", description});
    }
    if (wants_annotations(changes.annotations)) {
        annotations =
            rewrite_annotations(json_member(raw, "annotations", list_json_depth), changes.annotations);
        assignments.push_back({"annotations", annotations});
    }
    return set_members(raw, assignments);
}

} // namespace vmcp
