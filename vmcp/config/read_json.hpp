// Turns JSON into the configuration tree, as strictly as JSON is, with comments and trailing commas let
// through as editors do in their mcp.json.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// `text` with `//` and `/* */` comments and trailing commas replaced by blanks, so that places stay the same.
[[nodiscard]] std::string blank_json_extras(std::string_view text);

struct json_tree {
    std::optional<config_node> root{}; // nothing when the text is not JSON
    text_position stopped_at{};        // then: where it stops being JSON
};

// That `text` is not JSON is no problem yet: it may be YAML. Duplicate keys and lone surrogates are reported
// as problems.
[[nodiscard]] json_tree read_json(std::string_view text, problem_list& problems);

} // namespace vmcp
