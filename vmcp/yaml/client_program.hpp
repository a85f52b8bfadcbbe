// Programs in the files of clients: a command and its arguments.
#pragma once

#include <string>
#include <vector>

namespace vmcp {

// "npx some-server": enough to know which program is meant, without arguments that may be secrets.
[[nodiscard]] std::string program_words(const std::vector<std::string>& words);

// `cmd /c npx ...` becomes `npx ...`, as there is no cmd where vmcp runs. False: it was none.
bool leave_out_cmd(std::vector<std::string>& words);

} // namespace vmcp
