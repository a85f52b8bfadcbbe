// yaml-cpp's events build the tree: they carry the place of everything, and aliases are seen, not followed.
#include "vmcp/yaml/read_yaml.hpp"

#include "vmcp/config/read_json.hpp"
#include "vmcp/config/source_text.hpp"
#include "vmcp/yaml/reference_mask.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_set>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

text_position place_of(const YAML::Mark& mark) noexcept {
    return {static_cast<unsigned>(std::max(mark.line, 0) + 1),
            static_cast<unsigned>(std::max(mark.column, 0) + 1)};
}

// Thrown out of a yaml-cpp callback, the only way to stop it; the problem has been reported.
struct stop_reading {};

class tree_builder final : public YAML::EventHandler {
public:
    tree_builder(const std::vector<std::string_view>& lines, problem_list& problems)
        : lines_(lines)
        , problems_(problems) {}

    [[nodiscard]] config_node take_root() { return std::move(root_); }

    // yaml-cpp takes the end of the text for the closing quote where a line end stands before it.
    void check_last_quote() {
        if (last_quoted_ && !is_closed(*last_quoted_))
            problems_.add(*last_quoted_, "", "the quote that starts here is never closed");
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0)
            stop(mark,
                 "a second document starts here; a configuration is one document (check the indentation)");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, "", anchor, {}); }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        config_node node;
        node.kind = node_kind::scalar;
        node.text = value;
        unmask_references(node.text);
        if (tag == "!")
            last_quoted_ = place_of(mark);
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        leaf(mark, node.quoted || tag == "?" ? "" : tag, anchor, std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        stop(mark, "aliases (*name) are not supported; write the value out");
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        open(mark, tag, anchor, node_kind::sequence, style);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        open(mark, tag, anchor, node_kind::mapping, style);
    }
    void OnMapEnd() override { close(); }

private:
    // A list or mapping that is not closed yet.
    struct frame {
        config_node node{};
        bool block = false;
        std::optional<config_member> member{}; // has its key, waits for its value
        std::unordered_set<std::string> keys{};
    };

    [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
        problems_.add(place_of(mark), "", std::move(message));
        throw stop_reading{};
    }

    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor)
            stop(mark, "anchors (&name) are not supported; write the value out where it is used");
        if (!tag.empty() && tag != "?" && tag != "!")
            stop(mark, "tags (!name) are not supported");
        if (stack_.empty() || stack_.back().block)
            check_indentation(mark);
    }

    // yaml-cpp counts a tab as one column, which nests things otherwise than they look.
    void check_indentation(const YAML::Mark& mark) {
        const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        if (line >= lines_.size())
            return;
        const auto indent = lines_[line].substr(0, lines_[line].find_first_not_of(" \t"));
        if (const auto tab = indent.find('\t'); tab != std::string_view::npos) {
            problems_.add({static_cast<unsigned>(line + 1), static_cast<unsigned>(tab + 1)}, "",
                          "a tab in the indentation; use spaces");
            throw stop_reading{};
        }
    }

    void leaf(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, config_node node) {
        check(mark, tag, anchor);
        node.at = place_of(mark);
        if (wants_key())
            add_key(mark, std::move(node));
        else
            add_value(std::move(node));
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, node_kind kind,
              YAML::EmitterStyle::value style) {
        check(mark, tag, anchor);
        if (stack_.size() >= max_config_depth)
            stop(mark, "lists and mappings are nested too deep");
        frame next;
        next.node.kind = kind;
        next.node.at = place_of(mark);
        next.block = style != YAML::EmitterStyle::Flow;
        stack_.push_back(std::move(next));
    }

    void close() {
        config_node node = std::move(stack_.back().node);
        stack_.pop_back();
        // Said only here: in `{a: 1` the syntax error comes first.
        if (wants_key()) {
            problems_.add(node.at, "", "a key must be text");
            throw stop_reading{};
        }
        add_value(std::move(node));
    }

    // Whether the quoted scalar that starts at `at` ends before the text does.
    [[nodiscard]] bool is_closed(text_position at) const {
        if (at.line > lines_.size() || at.column > lines_[at.line - 1].size())
            return true;
        const char quote = lines_[at.line - 1][at.column - 1];
        if (quote != '"' && quote != '\'')
            return true; // a block scalar
        std::size_t begin = at.column;
        for (std::size_t line = at.line - 1; line < lines_.size(); ++line, begin = 0) {
            for (std::size_t i = begin; i < lines_[line].size(); ++i) {
                const char c = lines_[line][i];
                const bool doubled = quote == '\'' && lines_[line].substr(i, 2) == "''";
                if (doubled || (quote == '"' && c == '\\'))
                    ++i;
                else if (c == quote)
                    return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool wants_key() const {
        return !stack_.empty() && stack_.back().node.kind == node_kind::mapping && !stack_.back().member;
    }

    void add_key(const YAML::Mark& mark, config_node node) {
        if (node.kind != node_kind::scalar)
            stop(mark, "a key must be text, not empty");
        if (node.text == "<<" && !node.quoted)
            stop(mark, "merge keys (<<) are not supported; write the values out");
        stack_.back().member = config_member{std::move(node.text), node.at, {}};
    }

    void add_value(config_node node) {
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        frame& parent = stack_.back();
        if (parent.node.kind == node_kind::sequence) {
            parent.node.items.push_back(std::move(node));
            return;
        }
        config_member member = std::move(*parent.member);
        parent.member.reset();
        member.value = std::move(node);
        if (!parent.keys.insert(member.key).second)
            problems_.add(member.key_at, member.key, "this key stands twice in one mapping; keep one");
        else
            parent.node.members.push_back(std::move(member));
    }

    const std::vector<std::string_view>& lines_;
    problem_list& problems_;
    std::vector<frame> stack_{};
    config_node root_{};
    std::optional<text_position> last_quoted_{};
    int documents_ = 0;
};

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

bool starts_with_tab(const std::vector<std::string_view>& lines, int line) {
    if (line < 0 || static_cast<std::size_t>(line) >= lines.size())
        return false;
    const auto text = lines[static_cast<std::size_t>(line)];
    return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

void report(const YAML::Exception& error, const std::vector<std::string_view>& lines,
            problem_list& problems) {
    std::string message = "YAML syntax error: " + error.msg;
    if (starts_with_tab(lines, error.mark.line) || starts_with_tab(lines, error.mark.line - 1))
        message.append("; there is a tab in the indentation, use spaces");
    problems.add(place_of(error.mark), "", std::move(message));
}

config_node parse(std::string_view original, problem_list& problems) {
    const std::string text = mask_references(original);
    const auto lines = split_lines(text);
    tree_builder builder(lines, problems);
    try {
        std::istringstream stream{text};
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder))
            problems.add({}, "", "the configuration is empty");
        while (parser.HandleNextDocument(builder)) {
        }
        builder.check_last_quote();
    } catch (const stop_reading&) {
    } catch (const YAML::Exception& error) {
        report(error, lines, problems);
    }
    return builder.take_root();
}

// `{"`, `{}` or a comment of JSON's kind.
bool looks_like_json(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    const auto rest = text.substr(first);
    if (rest.starts_with("//") || rest.starts_with("/*"))
        return true;
    const auto second = std::min(rest.find_first_not_of(blanks, 1), rest.size());
    return rest.starts_with('{') &&
           (second == rest.size() || std::string_view("\"}/").find(rest[second]) != npos);
}

} // namespace

config_node read_yaml(std::string_view text, problem_list& problems) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    if (!check_source_text(text, problems))
        return {};
    if (!looks_like_json(text))
        return parse(text, problems);
    auto json = read_json(blank_json_extras(text), problems);
    if (json.root)
        return std::move(*json.root);
    // YAML in braces, or JSON with a mistake, which the JSON reader places better.
    problem_list found{problems.file, {}};
    auto root = parse(text, found);
    if (root.kind == node_kind::null && !found.problems.empty())
        problems.add(json.stopped_at, "", "JSON syntax error: the text is not valid from here on");
    else
        problems.problems.insert(problems.problems.end(), found.problems.begin(), found.problems.end());
    return root;
}

} // namespace vmcp
