// A recursive reader bounded by depth; every line finds its table from the root anew, as tables grow while they are
// read.
#include "vmcp/yaml/read_toml.hpp"

#include "vmcp/config/source_text.hpp"
#include "vmcp/yaml/toml_string.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view bare_key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

struct key_part {
    std::string text{};
    std::size_t at = 0;
};
using key_parts = std::vector<key_part>;

class reader {
public:
    reader(std::string_view text, problem_list& problems) : text_(text), lines_(text), problems_(problems) {}

    config_node document() {
        root_.kind = node_kind::mapping;
        while (at_ < text_.size()) {
            if (!line())
                return {};
        }
        return std::move(root_);
    }

private:
    bool fail(std::string_view problem) {
        problems_.add(lines_.at(at_), "", "TOML syntax error: " + std::string(problem));
        return false;
    }

    // ---- characters

    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool starts(std::string_view token) const { return text_.substr(at_).starts_with(token); }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r", at_), text_.size()); }
    void skip_comment() {
        if (next() == '#')
            at_ = std::min(text_.find('\n', at_), text_.size());
    }
    // Blanks, line ends and comments: between the values of an array.
    void skip_space() {
        for (auto before = npos; before != at_;) {
            before = at_;
            at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
            skip_comment();
        }
    }
    bool line_end() {
        skip_blanks();
        skip_comment();
        if (at_ < text_.size() && next() != '\n')
            return fail("expected the end of the line");
        at_ = std::min(at_ + 1, text_.size());
        return true;
    }
    bool take(std::string_view token) {
        skip_blanks();
        if (!starts(token))
            return fail("expected '" + std::string(token) + "'");
        at_ += token.size();
        return true;
    }

    // ---- lines

    bool line() {
        skip_blanks();
        if (at_ == text_.size() || next() == '\n' || next() == '#')
            return line_end();
        if (next() != '[')
            return pair(root_, table_, 0) && line_end();
        const std::string_view open = starts("[[") ? "[[" : "[";
        at_ += open.size();
        key_parts path;
        if (!keys(path) || !take(open == "[[" ? "]]" : "]"))
            return false;
        table_ = std::move(path);
        return (open == "[[" ? append_table() : find_table(root_, table_) != nullptr) && line_end();
    }

    bool append_table() {
        auto parents = table_;
        parents.pop_back();
        auto* parent = find_table(root_, parents);
        if (parent == nullptr)
            return false;
        const auto& last = table_.back();
        auto& list = member(*parent, last);
        if (list.kind == node_kind::null)
            list.kind = node_kind::sequence;
        if (list.kind != node_kind::sequence)
            return fail("'" + last.text + "' is no list of tables");
        auto& item = list.items.emplace_back();
        item.kind = node_kind::mapping;
        item.at = lines_.at(last.at);
        return true;
    }

    // The table at `path`, made where there is none. Of a list of tables the last one. Null: it was reported.
    config_node* find_table(config_node& from, const key_parts& path) {
        config_node* node = &from;
        for (const auto& part : path) {
            node = &member(*node, part);
            if (node->kind == node_kind::null)
                node->kind = node_kind::mapping;
            if (node->kind == node_kind::sequence && !node->items.empty())
                node = &node->items.back();
            if (node->kind != node_kind::mapping) {
                static_cast<void>(fail("'" + part.text + "' is no table"));
                return nullptr;
            }
        }
        return node;
    }

    config_node& member(config_node& node, const key_part& key) {
        const auto found = std::find_if(node.members.begin(), node.members.end(),
                                        [&](const config_member& one) { return one.key == key.text; });
        if (found != node.members.end())
            return found->value;
        auto& made = node.members.emplace_back();
        made.key = key.text;
        made.key_at = lines_.at(key.at);
        made.value.at = made.key_at;
        return made.value;
    }

    // key = value, in the table at `path` below `from`.
    bool pair(config_node& from, const key_parts& path, unsigned depth) {
        key_parts name;
        if (!keys(name) || !take("="))
            return false;
        config_node made;
        skip_blanks();
        if (!value(made, depth))
            return false;
        const auto last = name.back();
        name.pop_back();
        auto whole = path;
        whole.insert(whole.end(), name.begin(), name.end());
        auto* table = find_table(from, whole);
        if (table == nullptr)
            return false;
        auto& place = member(*table, last);
        if (place.kind != node_kind::null) {
            at_ = last.at;
            return fail("the key '" + last.text + "' stands twice");
        }
        place = std::move(made);
        return true;
    }

    bool keys(key_parts& out) {
        do {
            if (out.size() >= max_config_depth)
                return fail("tables are nested too deep");
            skip_blanks();
            const auto begin = at_;
            if (next() == '"' || next() == '\'') {
                auto text = take_toml_string(text_, at_, true);
                if (!text)
                    return fail("the quoted key is not closed, or has an unknown escape");
                out.push_back({std::move(*text), begin});
            } else {
                at_ = std::min(text_.find_first_not_of(bare_key, at_), text_.size());
                if (at_ == begin)
                    return fail("expected a key");
                out.push_back({std::string(text_.substr(begin, at_ - begin)), begin});
            }
            skip_blanks();
        } while (next() == '.' && ++at_ <= text_.size());
        return true;
    }

    // ---- values

    bool value(config_node& out, unsigned depth) {
        out.at = lines_.at(at_);
        if (depth >= max_config_depth)
            return fail("tables and arrays are nested too deep");
        if (next() == '[')
            return array(out, depth);
        if (next() == '{')
            return inline_table(out, depth);
        out.kind = node_kind::scalar;
        if (next() == '"' || next() == '\'') {
            auto text = take_toml_string(text_, at_, false);
            if (!text)
                return fail("the string is not closed, or has an unknown escape");
            out.quoted = true;
            out.text = std::move(*text);
            return true;
        }
        out.text = bare_value();
        return !out.text.empty() || fail("expected a value");
    }

    // A number, a boolean, or a date, which may have a blank before its time.
    std::string bare_value() {
        constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.:";
        const auto begin = at_;
        at_ = std::min(text_.find_first_not_of(letters, at_), text_.size());
        const auto first = text_.substr(begin, at_ - begin);
        const bool is_date = first.size() == 10 && first[4] == '-' && first[7] == '-';
        const auto time = text_.substr(at_).substr(0, 4);
        if (is_date && time.size() == 4 && time[0] == ' ' && time[3] == ':')
            at_ = std::min(text_.find_first_not_of(letters, at_ + 1), text_.size());
        return std::string(text_.substr(begin, at_ - begin));
    }

    bool array(config_node& out, unsigned depth) {
        out.kind = node_kind::sequence;
        ++at_;
        for (skip_space(); next() != ']'; skip_space()) {
            if (!value(out.items.emplace_back(), depth + 1))
                return false;
            skip_space();
            if (next() == ',')
                ++at_;
            else if (next() != ']')
                return fail("expected ',' or ']'");
        }
        ++at_;
        return true;
    }

    bool inline_table(config_node& out, unsigned depth) {
        out.kind = node_kind::mapping;
        ++at_;
        for (skip_space(); next() != '}'; skip_space()) {
            if (!pair(out, {}, depth + 1))
                return false;
            skip_space();
            if (next() == ',')
                ++at_;
            else if (next() != '}')
                return fail("expected ',' or '}'");
        }
        ++at_;
        return true;
    }

    std::string_view text_;
    line_index lines_;
    problem_list& problems_;
    std::size_t at_ = 0;
    config_node root_{};
    key_parts table_{}; // the one that the lines belong to
};

} // namespace

config_node read_toml(std::string_view text, problem_list& problems) {
    if (!check_source_text(text, problems))
        return {};
    return reader(text, problems).document();
}

bool looks_like_toml(std::string_view text, std::string_view file) noexcept {
    return file.ends_with(".toml") || text.starts_with("[mcp_servers") || text.find("\n[mcp_servers") != npos;
}

} // namespace vmcp
