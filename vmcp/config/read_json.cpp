// json_cursor drives, a recursive reader bounded by the cursor's depth builds the tree.
#include "vmcp/config/read_json.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/config/source_text.hpp"

#include <unordered_set>

namespace vmcp {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// The offset behind the string that starts at `at`, or the end.
std::size_t skip_string(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\')
            ++at;
    }
    return std::min(at + 1, text.size());
}

// The offset behind the comment at `at`, or `at` where there is none.
std::size_t skip_comment(std::string_view text, std::size_t at) noexcept {
    const auto start = text.substr(at, 2);
    if (start == "//")
        return std::min(text.find('\n', at), text.size());
    if (start == "/*") {
        const auto end = text.find("*/", at + 2);
        return end == std::string_view::npos ? text.size() : end + 2;
    }
    return at;
}

class reader {
public:
    reader(std::string_view text, problem_list& problems)
        : begin_(text.data())
        , cursor_(text, max_config_depth)
        , lines_(text)
        , problems_(problems) {}

    json_tree document() {
        config_node root;
        if (!value(root) || !cursor_.at_end())
            return {std::nullopt, here()};
        return {std::move(root), {}};
    }

private:
    text_position here() const { return lines_.at(cursor_.offset()); }
    text_position place_of(std::string_view slice) const {
        return lines_.at(static_cast<std::size_t>(slice.data() - begin_));
    }

    std::string text_of(std::string_view raw) {
        auto text = unquoted(raw);
        if (!text)
            problems_.add(place_of(raw), "",
                          "the text holds half of a surrogate pair, which is no character");
        return text.value_or("");
    }

    bool value(config_node& out) {
        json_kind kind{};
        if (!cursor_.peek(kind))
            return false;
        out.at = here();
        if (kind == json_kind::object)
            return object(out);
        if (kind == json_kind::array)
            return array(out);
        json_slice slice;
        if (!cursor_.value(slice))
            return false;
        if (kind == json_kind::null)
            return true;
        out.kind = node_kind::scalar;
        out.quoted = kind == json_kind::string;
        out.text = out.quoted ? text_of(slice.raw) : std::string(slice.raw);
        return true;
    }

    bool array(config_node& out) {
        out.kind = node_kind::sequence;
        if (!cursor_.enter_array())
            return false;
        for (bool done = false;;) {
            if (!cursor_.next_element(done))
                return false;
            if (done)
                return true;
            if (!value(out.items.emplace_back()))
                return false;
        }
    }

    bool object(config_node& out) {
        out.kind = node_kind::mapping;
        if (!cursor_.enter_object())
            return false;
        std::unordered_set<std::string> seen;
        for (bool done = false;;) {
            std::string_view raw_key;
            if (!cursor_.next_member(raw_key, done))
                return false;
            if (done)
                return true;
            config_member member{text_of(raw_key), place_of(raw_key), {}};
            if (!value(member.value))
                return false;
            if (seen.insert(member.key).second)
                out.members.push_back(std::move(member));
            else
                problems_.add(member.key_at, member.key, "this key stands twice in one mapping; keep one");
        }
    }

    const char* begin_;
    json_cursor cursor_;
    line_index lines_;
    problem_list& problems_;
};

} // namespace

std::string blank_json_extras(std::string_view text) {
    std::string out(text);
    std::optional<std::size_t> comma; // the last one, while only blanks and comments follow it
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const auto behind = skip_comment(text, at);
        if (behind != at) {
            for (; at < behind; ++at)
                out[at] = blanks.find(text[at]) == std::string_view::npos ? ' ' : text[at];
            continue;
        }
        if ((c == '}' || c == ']') && comma)
            out[*comma] = ' ';
        if (blanks.find(c) == std::string_view::npos)
            comma = c == ',' ? std::optional(at) : std::nullopt;
        at = c == '"' ? skip_string(text, at) : at + 1;
    }
    return out;
}

json_tree read_json(std::string_view text, problem_list& problems) {
    problem_list found{problems.file, {}};
    auto tree = reader(text, found).document();
    if (tree.root)
        problems.problems.insert(problems.problems.end(), found.problems.begin(), found.problems.end());
    return tree;
}

} // namespace vmcp
