// docs/compatibility.md is what the tables say, and the tables say what the program does.
#include "source_dir.hpp"
#include "vmcp/program/commands/compatibility.hpp"

#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/entry_samples.hpp"
#include "vmcp/program/commands/init.hpp"
#include "vmcp/program/commands/serve.hpp"
#include "vmcp/program/commands/validate.hpp"
#include "vmcp/program/commands/version.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace vmcp {
namespace {

TEST(compatibility, is_the_committed_file) {
    const std::string path = VMCP_SOURCE_DIR "/docs/compatibility.md";
    const std::string page = compatibility_page(compatibility_sections());
    if (std::getenv("VMCP_UPDATE_DOCS") != nullptr)
        std::ofstream(path) << page;
    std::stringstream committed;
    committed << std::ifstream(path).rdbuf();
    EXPECT_EQ(committed.str(), page)
        << "write it anew: VMCP_UPDATE_DOCS=1 unit_commands --gtest_filter='compatibility.*'";
}

TEST(compatibility, every_row_has_a_cell_for_every_column) {
    for (const auto& section : compatibility_sections())
        for (const auto& row : section.rows)
            EXPECT_EQ(row.size(), section.columns.size()) << section.title << ": " << row.front();
}

TEST(compatibility, entries_of_every_list_and_with_every_verdict_are_in_the_table) {
    std::set<std::pair<list_kind, std::string_view>> seen;
    for (const auto& one : entry_samples())
        seen.emplace(one.kind, verdict_of(one).word);
    for (const auto kind : all_list_kinds) {
        EXPECT_TRUE(seen.contains({kind, "mended"}));
        EXPECT_TRUE(seen.contains({kind, "hidden"}));
    }
    EXPECT_TRUE(seen.contains({list_kind::tools, "passed"}));
}

TEST(compatibility, flags_are_there_or_not_as_the_table_says) {
    CLI::App program("", "vmcp");
    auto outcome = exit_code::ok;
    const auto globals = add_global_options(program);
    add_serve(program, outcome, globals, [](auto, const auto&) { return 0; });
    add_validate(program, outcome, globals);
    add_init(program, outcome);
    add_version(program, outcome);
    for (const auto& one : toolhive_flags()) {
        const CLI::App* command =
            one.command.empty() ? &program : program.get_subcommand(std::string(one.command));
        if (one.flag.empty())
            continue; // get_subcommand throws where there is none
        const auto* option = command->get_option_no_throw(std::string(one.flag));
        EXPECT_EQ(option != nullptr, one.state != support::absent) << one.command << " " << one.flag;
        EXPECT_EQ(option != nullptr && option->get_group().empty(), one.state == support::refused)
            << one.command << " " << one.flag;
    }
}

} // namespace
} // namespace vmcp
