// Turns the server list of an MCP client into a vmcp configuration. Which clients: client_formats.hpp.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// What became of a server, or a part of it.
enum class init_outcome : std::uint8_t { took, changed, left };

struct init_note {
    init_outcome what = init_outcome::took;
    std::string
        server{}; // its name in the client's file, with its project where it has one; empty: the whole file
    std::string text{}; // took: the URL; else what was changed or left, and why. Holds no secret
    friend bool operator==(const init_note&, const init_note&) = default;
};

struct initial_config {
    std::string yaml{};                     // empty where there are problems
    std::vector<init_note> notes{};         // in the order of the file; also comments in `yaml`
    std::vector<std::string> variables{};   // of the environment, which must be set before it loads
    std::vector<config_problem> problems{}; // why there is nothing to write: places in the client's file
};

// Reads a client's file (JSON with comments and trailing commas, TOML, YAML); `file` is its name. Servers
// reached by Streamable HTTP become backends with their headers, tool filters and timeouts; so does what
// stands behind mcp-remote. Whatever else a server is or says is in `notes`: nothing is lost in silence, and
// no entry stops the others. The text made passes load_config as soon as the variables it names are set.
// `own` is where the gateway will listen: a server that is the gateway itself is left out.
[[nodiscard]] initial_config init_from_client_file(std::string_view text, const std::string& file,
                                                   const command_line& own = {});

} // namespace vmcp
