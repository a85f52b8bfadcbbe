// Short ways to run init in tests.
#pragma once

#include "config_fixture.hpp"

#include "vmcp/yaml/init_config.hpp"

namespace vmcp::test {

// What the text made loads as; `variables` are those it names.
inline config loaded(std::string_view text, std::map<std::string, std::string> variables = {},
                     const std::string& file = "mcp.json") {
    const auto made = init_from_client_file(text, file);
    EXPECT_EQ(format_problems(made.problems), "") << text;
    return world{std::move(variables), {}}.good(made.yaml);
}

inline std::string refused(std::string_view text) {
    const auto made = init_from_client_file(text, "mcp.json");
    EXPECT_EQ(made.yaml, "");
    return format_problems(made.problems);
}

// "took NAME: URL", one per note.
inline std::vector<std::string> notes_of(const initial_config& made) {
    std::vector<std::string> out;
    for (const auto& [outcome, server, text] : made.notes)
        out.push_back(std::string(outcome == init_outcome::took   ? "took "
                                  : outcome == init_outcome::left ? "left "
                                                                  : "changed ") +
                      server + ": " + text);
    return out;
}

} // namespace vmcp::test
