#include "vmcp/yaml/client_values.hpp"

#include "vmcp/config/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word(char c) noexcept {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// "api-key" to "API_KEY".
std::string variable_name(std::string_view input) {
    std::string out;
    for (const char c : input)
        out.push_back(is_word(c) ? upper(c) : '_');
    if (out.empty() || (out.front() >= '0' && out.front() <= '9'))
        out.insert(0, "_");
    return out;
}

// What only an editor knows; it would be an unset variable.
bool is_of_an_editor(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 9> names{"workspaceFolder", "workspaceFolderBasename",
                                                    "workspaceRoot",   "file",
                                                    "fileDirname",     "cwd",
                                                    "pathSeparator",   "execPath",
                                                    "defaultBuildTask"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

class conversion {
public:
    conversion(std::string_view value, const reference_style& style, const question_text& question)
        : value_(value)
        , style_(style)
        , question_(question) {}

    converted_value run() {
        while (at_ < value_.size()) {
            const char c = value_[at_];
            if (c == '$')
                dollar();
            else if (c == '{' && style_.braces && brace())
                continue;
            else
                literal(c);
        }
        return std::move(out_);
    }

private:
    std::string_view rest() const { return value_.substr(at_); }

    void literal(char c) {
        out_.text.push_back(c);
        ++at_;
    }

    void dollar() {
        if (rest().starts_with("${{") && secret())
            return;
        const auto close = rest().find('}');
        if (rest().starts_with("${") && close != npos && reference(rest().substr(2, close - 2))) {
            at_ += close + 1;
            return;
        }
        if (const auto name = bare_name(); !name.empty()) {
            variable(name, "");
            at_ += name.size() + 1;
            return;
        }
        out_.text.append("$$");
        ++at_;
    }

    // ${{ secrets.NAME }} (Continue); false: it is something else.
    bool secret() {
        const auto close = rest().find("}}");
        if (close == npos)
            return false;
        auto inner = rest().substr(3, close - 3);
        inner.remove_prefix(std::min(inner.find_first_not_of(' '), inner.size()));
        inner = inner.substr(0, inner.find_last_not_of(' ') + 1);
        if (!inner.starts_with("secrets.") || rules::variable_name.problem(inner.substr(8)))
            return false;
        variable(inner.substr(8), "");
        at_ += close + 2;
        return true;
    }

    // What stands in ${...}; false: it is no reference.
    bool reference(std::string_view inner) {
        if (inner.starts_with("input:")) {
            ask(inner.substr(6));
            return true;
        }
        if (inner == "userHome") {
            variable("HOME", "");
            return true;
        }
        if (inner.starts_with("env:"))
            inner.remove_prefix(4);
        const auto mark = std::min(inner.find(":-"), inner.size());
        const auto name = inner.substr(0, mark);
        if (rules::variable_name.problem(name)) {
            note(fmt::format("'${{{}}}' is nothing that can be filled in here: it stays as it is written",
                             inner));
            return false;
        }
        if (is_of_an_editor(name))
            note(fmt::format("only an editor knows '${{{0}}}': set a variable {0}", name));
        variable(name, inner.substr(mark));
        return true;
    }

    void ask(std::string_view id) {
        const auto name = variable_name(id);
        const auto text = question_ ? question_(id) : std::nullopt;
        note(fmt::format("the client asks for '{}'{}: set the variable {} instead", id,
                         text && !text->empty() ? fmt::format(" ({})", *text) : "", name));
        variable(name, "");
    }

    // NAME of $NAME where that is a variable; empty where it is text.
    std::string_view bare_name() {
        const auto word = rest().substr(1);
        const auto end =
            static_cast<std::size_t>(std::find_if_not(word.begin(), word.end(), is_word) - word.begin());
        const auto name = word.substr(0, end);
        if (rules::variable_name.problem(name))
            return {};
        if (style_.bare_names)
            return name;
        const bool starts = at_ == 0 || value_[at_ - 1] == ' ';
        const bool ends = end == word.size() || word[end] == ' ';
        const bool capitals = std::none_of(name.begin(), name.end(), [](char c) { return upper(c) != c; });
        if (!starts || !ends || !capitals) {
            note(
                fmt::format("'${0}' stays as it is written; write ${{{0}}} where a variable is meant", name));
            return {};
        }
        note(fmt::format("'${0}' is taken as the variable {0}", name));
        return name;
    }

    // {env:NAME} or {file:PATH}; false: it is text.
    bool brace() {
        const auto close = rest().find('}');
        if (close == npos)
            return false;
        const auto inner = rest().substr(1, close - 1);
        if (inner.starts_with("env:") && !rules::variable_name.problem(inner.substr(4))) {
            variable(inner.substr(4), "");
        } else if (inner.starts_with("file:") && inner.size() > 5) {
            const auto path = inner.substr(5);
            if (path.starts_with('~'))
                note(fmt::format("write the whole path instead of '{}'", path));
            else if (!path.starts_with('/'))
                note(fmt::format("'{}' is seen from the folder of the new file", path));
            out_.text.append("${file:").append(path).append("}");
        } else {
            return false;
        }
        at_ += close + 1;
        return true;
    }

    void variable(std::string_view name, std::string_view fallback) {
        if (fallback.empty())
            out_.variables.emplace(name);
        out_.text.append("${").append(name).append(fallback).append("}");
    }

    void note(std::string text) { out_.notes.push_back(std::move(text)); }

    std::string_view value_;
    const reference_style& style_;
    const question_text& question_;
    std::size_t at_ = 0;
    converted_value out_{};
};

} // namespace

converted_value convert_value(std::string_view value, const reference_style& style,
                              const question_text& question) {
    return conversion(value, style, question).run();
}

} // namespace vmcp
