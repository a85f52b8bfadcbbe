// `npx mcp-remote URL --header ...`: the program by which clients without HTTP reach a server by HTTP. vmcp
// needs only what stands behind it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

struct remote_command {
    std::string url{};
    std::vector<std::pair<std::string, std::string>> headers{};
    bool sse_only = false;
    std::vector<std::string> hidden_tools{}; // patterns of names
    std::vector<std::string>
        ignored{}; // flags, and what else means something to mcp-remote alone; without values
};

// What `words` (a program and its arguments) connects to when they run mcp-remote: by npx, bunx, pnpm dlx,
// yarn dlx, `cmd /c`, or by its own name. Nothing for any other program, and for one without a URL.
// References to `env`, which mcp-remote fills in, are filled in.
[[nodiscard]] std::optional<remote_command> read_mcp_remote(const std::vector<std::string>& words,
                                                            const std::map<std::string, std::string>& env);

} // namespace vmcp
