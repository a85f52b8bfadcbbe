// Messages about keys and values, all made from the rows.
#include "vmcp/config/schema_words.hpp"

#include "vmcp/config/value_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::size_t longest_shown = 40;
constexpr std::size_t most_listed = 12;

// How far a key may be from a known one to be taken for it: about a third of its letters.
std::size_t tolerance(std::string_view text) noexcept {
    return std::max<std::size_t>(2, text.size() / 3 + 1);
}

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t shortest_stem = 3;
    std::string_view best;
    std::size_t least = tolerance(text);
    for (const auto candidate : candidates) {
        if (std::min(text.size(), candidate.size()) >= shortest_stem &&
            (text.starts_with(candidate) || candidate.starts_with(text)))
            return candidate; // "warning" for "warn"
        const auto distance = edit_distance(text, candidate, least);
        if (distance < least && distance < candidate.size()) {
            best = candidate;
            least = distance;
        }
    }
    return best;
}

// The path of the first row below `node` whose key is `key`, or nothing.
std::string_view elsewhere(const schema_node& node, std::string_view key) {
    for (const auto& child : node.children) {
        if (child.key == key)
            return child.row.path;
        if (const auto found = elsewhere(child, key); !found.empty())
            return found;
    }
    return {};
}

} // namespace

std::string range_text(const value_spec& spec) {
    switch (spec.kind) {
    case value_kind::duration:
        return fmt::format("from {} to {}", duration_text(std::chrono::milliseconds(spec.least)),
                           duration_text(std::chrono::milliseconds(spec.most)));
    case value_kind::size:
        return fmt::format("from {} to {}", size_text(spec.least), size_text(spec.most));
    case value_kind::integer:
    case value_kind::text:
    case value_kind::boolean:
    case value_kind::choice:
    case value_kind::section:
        break;
    }
    return fmt::format("from {} to {}", spec.least, spec.most);
}

std::string choices_text(const value_spec& spec) {
    if (spec.choices.size() == 1)
        return fmt::format("'{}'", spec.choices.front());
    return fmt::format("one of: {}", fmt::join(spec.choices, ", "));
}

std::string wanted(const schema_row& row) {
    switch (row.spec.kind) {
    case value_kind::text:
        return std::string(row.spec.rule->name);
    case value_kind::boolean:
        return "true or false";
    case value_kind::integer:
        return "a whole number " + range_text(row.spec);
    case value_kind::duration:
        return "a duration such as 250ms, 30s, 5m or 1h30m";
    case value_kind::size:
        return "a size such as 4096, 512KiB or 4MiB";
    case value_kind::choice:
        return choices_text(row.spec);
    case value_kind::section:
        break;
    }
    return "a mapping";
}

std::string shown(const config_node& node, const value_spec& spec) {
    if (node.expanded || spec.secret)
        return "another value";
    if (node.text.size() <= longest_shown)
        return "'" + node.text + "'";
    std::size_t end = longest_shown;
    while ((static_cast<unsigned char>(node.text[end]) & 0xC0) == 0x80) // not inside a UTF-8 sequence
        --end;
    return "'" + node.text.substr(0, end) + "...'";
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& candidates) {
    const auto best = nearest(text, candidates);
    return best.empty() ? "" : fmt::format("; did you mean '{}'?", best);
}

std::string unknown_key_text(const schema_node& root, const schema_node& section, std::string_view key) {
    std::vector<std::string_view> known;
    for (const auto& child : section.children) {
        if (!child.row.not_yet)
            known.push_back(child.key);
    }
    if (const auto hint = did_you_mean(key, known); !hint.empty())
        return "unknown key" + hint;
    if (const auto place = elsewhere(root, key); !place.empty())
        return fmt::format("unknown key here; it belongs to '{}'", place);
    if (known.size() <= most_listed)
        return fmt::format("unknown key; expected one of: {}", fmt::join(known, ", "));
    return "unknown key; 'vmcp schema' prints all keys";
}

std::string not_yet_text(const schema_row& row) {
    return row.doc.empty() ? "not supported yet" : fmt::format("not supported yet: {}", row.doc);
}

} // namespace vmcp
