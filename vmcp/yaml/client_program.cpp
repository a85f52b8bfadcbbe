#include "vmcp/yaml/client_program.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace vmcp {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) noexcept {
    return std::find(list.begin(), list.end(), text) != list.end();
}

} // namespace

std::string program_words(const std::vector<std::string>& words) {
    if (words.empty())
        return "no command";
    const auto slash = words.front().find_last_of("/\\");
    std::string out = words.front().substr(slash == std::string::npos ? 0 : slash + 1);
    if (is_one_of(out, {"npx", "npx.cmd", "bunx", "uvx", "pnpm", "yarn", "npm"})) {
        const auto package = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
            return !word.starts_with('-') && !is_one_of(word, {"dlx", "exec", "run"});
        });
        if (package != words.end())
            out.append(" ").append(*package);
    }
    return out;
}

bool leave_out_cmd(std::vector<std::string>& words) {
    const bool found =
        words.size() > 2 && is_one_of(words[0], {"cmd", "cmd.exe"}) && is_one_of(words[1], {"/c", "/C"});
    if (found)
        words.erase(words.begin(), words.begin() + 2);
    return found;
}

} // namespace vmcp
