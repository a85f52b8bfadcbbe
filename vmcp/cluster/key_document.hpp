// Values that were found elsewhere, read by the table of keys as if they stood in a configuration file.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/config/config_node.hpp"
#include "vmcp/config/config_problem.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// As a tree of the configuration: texts are texts, whatever they look like, and nothing is filled in. No message shows them.
[[nodiscard]] config_node node_of(const nlohmann::json& value);

struct key_document {
    config value{}; // also where there are problems
    std::vector<config_problem> problems{};
    bool all_told = true; // else there are so many that the rest of it was not read
};

// `files` is the content of all files that the document may name, by path.
[[nodiscard]] key_document read_keys(const nlohmann::json& document,
                                     const std::map<std::string, std::string>& files);

// The first problem of the part at `key`, as "tokenUrl: must be https", at most some 500 characters; empty: there is none.
[[nodiscard]] std::string problem_at(const key_document& read, std::string_view key);

} // namespace vmcp
