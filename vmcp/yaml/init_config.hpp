// Turns the server list of an MCP client (Claude, Cursor, VS Code, Windsurf, Gemini CLI) into a vmcp
// configuration.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

struct initial_config {
    std::string yaml{};               // empty where there are problems
    std::vector<std::string> notes{}; // what was left out or changed, for the user; also comments in `yaml`
    std::vector<config_problem> problems{}; // places in the client's file
};

// Reads `mcpServers`, `servers` or `mcp.servers` of a client's JSON file, comments let through; `file` is its
// name for messages. Servers reached by Streamable HTTP become backends, with their headers; programs
// (`command`), SSE servers and disabled entries are left out with a note. `${input:x}` becomes the
// environment variable `${X}`. The text made passes load_config as soon as the variables it names are set.
[[nodiscard]] initial_config init_from_mcp_json(std::string_view text, const std::string& file);

} // namespace vmcp
