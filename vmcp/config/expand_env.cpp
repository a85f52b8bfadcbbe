// Works on the parsed tree: a value can never add keys or change the structure.
#include "vmcp/config/expand_env.hpp"

#include "vmcp/config/source_text.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t max_filled = std::size_t{16} << 20;

bool is_variable_name(std::string_view name) noexcept {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::string_view all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !name.empty() && letters.find(name.front()) != npos && name.find_first_not_of(all) == npos;
}

class expander {
public:
    expander(config_document& document, const config_sources& sources, problem_list& problems)
        : document_(document)
        , sources_(sources)
        , problems_(problems) {}

    std::vector<std::string> run() {
        node(document_.root, {});
        return std::move(files_);
    }

private:
    void node(config_node& at, const key_path& path) {
        for (std::size_t i = 0; i < at.items.size(); ++i)
            node(at.items[i], path / i);
        for (auto& member : at.members)
            node(member.value, path / member.key);
        if (at.kind == node_kind::scalar && at.text.find('$') != npos)
            scalar(at, path);
    }

    void scalar(config_node& at, const key_path& path) {
        std::string out;
        std::string_view rest = at.text;
        bool found = false;
        for (auto dollar = rest.find('$'); dollar != npos; dollar = rest.find('$')) {
            out.append(rest.substr(0, dollar));
            rest.remove_prefix(dollar + 1);
            if (rest.starts_with('{')) {
                found = true;
                reference(rest, out, at, path);
                if (out.size() > max_filled)
                    break;
                continue;
            }
            out.push_back('$');
            if (rest.starts_with('$'))
                rest.remove_prefix(1);
        }
        out.append(rest);
        if (found && (filled_ += out.size()) > max_filled) {
            complain(at, path, "what is filled in from variables and files is larger than 16 MiB altogether");
            return;
        }
        at.text = std::move(out);
        at.expanded = found;
    }

    // `rest` starts at the '{' and is moved behind the '}'.
    void reference(std::string_view& rest, std::string& out, config_node& at, const key_path& path) {
        const auto close = rest.find('}');
        if (close == npos) {
            rest = {};
            return complain(at, path, "'${' without a '}'; write '$$' for a dollar sign");
        }
        const std::string_view inner = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        if (inner.starts_with("file:"))
            return file(inner.substr(5), out, at, path);
        if (inner.starts_with("input:"))
            return complain(at, path, "'${input:...}' asks a person; use an environment variable: ${NAME}");
        variable(inner.starts_with("env:") ? inner.substr(4) : inner, out, at, path);
    }

    void variable(std::string_view inner, std::string& out, config_node& at, const key_path& path) {
        const auto mark = inner.find(":-");
        const std::string_view name = inner.substr(0, mark);
        if (!is_variable_name(name))
            return complain(at, path,
                            "'${...}' must hold NAME, NAME:-default or file:PATH, where a NAME has letters, "
                            "digits and '_'; write '$$' for a dollar sign");
        const auto value = sources_.environment(name);
        if (mark != npos && (!value || value->empty())) {
            out.append(inner.substr(mark + 2));
            return;
        }
        if (!value) {
            const std::string text(name);
            return complain(at, path,
                            "environment variable '" + text + "' is not set; set it, or give a default: ${" +
                                text + ":-value}",
                            true);
        }
        if (!is_text(*value))
            return complain(
                at, path, "environment variable '" + std::string(name) + "' does not hold UTF-8 text", true);
        out.append(*value);
    }

    void file(std::string_view name, std::string& out, config_node& at, const key_path& path) {
        if (name.empty())
            return complain(at, path, "'${file:}' names no file");
        const std::string full = resolve_path(document_.file, name);
        if (std::find(files_.begin(), files_.end(), full) == files_.end())
            files_.push_back(full);
        const auto content = sources_.read_file(full);
        if (!content)
            return complain(at, path, "cannot read file '" + full + "': " + content.error().detail, true);
        std::string_view text = *content;
        if (!is_text(text))
            return complain(at, path, "file '" + full + "' does not hold UTF-8 text", true);
        out.append(text.substr(0, text.find_last_not_of("\r\n") + 1));
    }

    static bool is_text(std::string_view value) noexcept {
        return !first_bad_utf8(value) && value.find('\0') == npos;
    }

    void complain(config_node& at, const key_path& path, std::string message, bool of_machine = false) {
        at.unresolved = true;
        problems_.add(at.at, path.text(), std::move(message), of_machine);
    }

    config_document& document_;
    const config_sources& sources_;
    problem_list& problems_;
    std::vector<std::string> files_{};
    std::size_t filled_ = 0; // bytes of all values with something filled in
};

} // namespace

std::vector<std::string> expand_env(config_document& document, const config_sources& sources,
                                    problem_list& problems) {
    return expander(document, sources, problems).run();
}

std::string resolve_path(std::string_view config_file, std::string_view path) {
    const std::filesystem::path wanted(path);
    if (config_file == "-" || wanted.is_absolute())
        return std::string(path);
    return (std::filesystem::path(config_file).parent_path() / wanted).string();
}

bool has_expansion(std::string_view text) noexcept {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '$')
            continue;
        if (text[i + 1] == '{')
            return true;
        if (text[i + 1] == '$')
            ++i;
    }
    return false;
}

} // namespace vmcp
