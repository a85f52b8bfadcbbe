// References to variables as MCP clients write them in their files, turned into those of a vmcp
// configuration.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// How a client spells references, besides ${NAME}, ${NAME:-default}, ${env:NAME} and ${input:ID}, which are
// understood everywhere.
struct reference_style {
    bool bare_names = false; // $NAME (Gemini CLI)
    bool braces = false;     // {env:NAME} and {file:PATH} (opencode)
};

struct converted_value {
    std::string text{};                // as a value of a vmcp configuration
    std::set<std::string> variables{}; // of the environment, which it needs
    std::vector<std::string> notes{};  // what a person should know of the change
};

// What stands behind the questions of VS Code (`inputs`), by id; nothing where the file does not say.
using question_text = std::function<std::optional<std::string>(std::string_view id)>;

// `value` with its references in vmcp's spelling. What the client takes literally stays literal: a `$` that
// starts no reference is written `$$`. Where a client without bare_names has a whole word $NAME in capitals,
// which can only be meant as a variable, it becomes one, and a note says so.
[[nodiscard]] converted_value convert_value(std::string_view value, const reference_style& style,
                                            const question_text& question);

} // namespace vmcp
