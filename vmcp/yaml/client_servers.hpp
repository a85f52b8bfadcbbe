// Finds the MCP servers in the file of any client: which places hold them, and how that client means what it
// writes.
#pragma once

#include "vmcp/config/config_problem.hpp"
#include "vmcp/yaml/client_values.hpp"

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// How one client means its entries.
struct client_style {
    std::string_view client = "the client"; // in messages
    reference_style references{};
    bool url_is_sse = false; // `url` without a type is HTTP+SSE; httpUrl is Streamable HTTP (Gemini CLI)
    std::chrono::milliseconds timeout_unit{0}; // of `timeout_key`; 0: not known
    std::string_view timeout_key = "timeout";
};

struct client_server {
    std::string name{};
    std::string project{}; // the folder that a project's entry belongs to; empty: for every project
    const config_node* entry = nullptr;
    text_position at{};
    key_path path{};
    client_style style{};
    bool listed = false;               // it stands in a list, and has its name within
    bool off = false;                  // switched off by a list beside the servers
    std::vector<std::string> off_in{}; // projects that switch it off for themselves
};

// The servers of a file that was read into `root`, which must outlive them, in the order of the file. `file`
// is its name, which tells Gemini CLI's files from others with mcpServers.
[[nodiscard]] std::vector<client_server> find_servers(const config_node& root, std::string_view file);

// Places that hold servers but are no mapping.
[[nodiscard]] std::vector<client_server> misshapen_places(const config_node& root);

// Reads JSON (comments and trailing commas let through), TOML or YAML. What is wrong with parts of JSON (a
// key that stands twice, half a surrogate pair) is no reason to stop: it is reported in `flaws`.
[[nodiscard]] config_node read_client_file(std::string_view text, const std::string& file,
                                           problem_list& problems, problem_list& flaws);

// The text of the question `id` in the `inputs` of VS Code.
[[nodiscard]] std::optional<std::string> question_of(const config_node& root, std::string_view id);

} // namespace vmcp
