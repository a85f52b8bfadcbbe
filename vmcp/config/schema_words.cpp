// Messages about keys and values, all made from the rows.
#include "vmcp/config/schema_words.hpp"

#include "vmcp/config/value_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

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

// A row that may be the one a key was meant to be. The smaller the better.
struct candidate {
    std::size_t distance = 0; // of the spelling
    std::size_t apart = 0;    // sections to leave and to enter from where the key stands
    const schema_row* row = nullptr;
};

// The parts of a path that `a` and `b` do not have in common, in sections. Other keys of the same part of the configuration are
// always nearer than those of another one.
std::size_t sections_apart(std::string_view a, std::string_view b) {
    std::size_t same = 0; // up to the last full section
    for (std::size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
        const bool end_a = i == a.size() || a[i] == '.';
        const bool end_b = i == b.size() || b[i] == '.';
        if (end_a && end_b)
            same = i;
        if (i == a.size() || i == b.size() || a[i] != b[i])
            break;
    }
    const auto steps = [same](std::string_view path) {
        return static_cast<std::size_t>(std::ranges::count(path.substr(same), '.')) +
               (path.size() > same ? 1 : 0);
    };
    constexpr std::size_t another_part = 100;
    return steps(a) + steps(b) + (same == 0 && !a.empty() ? another_part : 0);
}

// The best row for `key` in all sections but `section`; a row that is spelled otherwise only within a small
// distance.
void look_elsewhere(const schema_node& node, const schema_node& section, std::string_view key,
                    candidate& best) {
    for (const auto& child : node.children) {
        look_elsewhere(child, section, key, best);
        if (&node == &section)
            continue;
        const std::size_t limit = key.size() < 6 ? 1 : 2 + key.size() / 8;
        const auto distance = edit_distance(key, child.key, limit);
        const candidate found{distance, sections_apart(section.row.path, child.row.path), &child.row};
        if (distance < limit && (best.row == nullptr || std::pair(found.distance, found.apart) <
                                                            std::pair(best.distance, best.apart)))
            best = found;
    }
}

std::string quoted_place(const schema_row& row) {
    return fmt::format("'{}'{}", row.path, row.not_yet ? " (not supported yet)" : "");
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
    candidate there;
    look_elsewhere(root, section, key, there);
    if (const auto here = nearest(key, known); !here.empty()) {
        const bool exact = there.row != nullptr && there.distance == 0 && edit_distance(here, key, 1) != 0;
        return fmt::format("unknown key; did you mean '{}'{}?", here,
                           exact ? fmt::format(", or {}", quoted_place(*there.row)) : "");
    }
    if (there.row != nullptr)
        return fmt::format("unknown key here; did you mean {}?", quoted_place(*there.row));
    if (known.size() <= most_listed)
        return fmt::format("unknown key; expected one of: {}", fmt::join(known, ", "));
    return "unknown key; 'vmcp schema' prints all keys";
}

std::string not_yet_text(const schema_row& row) {
    return row.doc.empty() ? "not supported yet" : fmt::format("not supported yet: {}", row.doc);
}

} // namespace vmcp
