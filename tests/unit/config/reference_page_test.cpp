// docs/configuration.md is what the table says.
#include "vmcp/config/reference_page.hpp"

#include "source_dir.hpp"
#include "vmcp/config/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace vmcp {
namespace {

TEST(reference_page, is_the_committed_file) {
    const std::string path = VMCP_SOURCE_DIR "/docs/configuration.md";
    const std::string page = config_reference_page();
    if (std::getenv("VMCP_UPDATE_DOCS") != nullptr)
        std::ofstream(path) << page;
    std::stringstream committed;
    committed << std::ifstream(path).rdbuf();
    EXPECT_EQ(committed.str(), page)
        << "write it anew: VMCP_UPDATE_DOCS=1 unit_config --gtest_filter='reference_page.*'";
}

TEST(reference_page, names_every_key_and_its_default) {
    const std::string page = config_reference_page();
    for (const auto& row : schema_table()) {
        if (row.path.starts_with("servers."))
            continue; // said to be the same as mcpServers
        if (row.not_yet) {
            EXPECT_THAT(page, testing::HasSubstr("| `" + row.path + "` | ")) << row.path;
            continue;
        }
        const auto key = row.path.substr(row.path.find_last_of('.') + 1);
        EXPECT_THAT(page, testing::HasSubstr("| `" + key + "` | ")) << row.path;
        EXPECT_THAT(page, testing::HasSubstr("` | ")) << row.path;
        EXPECT_FALSE(row.doc.empty()) << row.path;
        EXPECT_TRUE(row.doc.ends_with(".")) << row.path << ": a doc is a sentence";
    }
}

} // namespace
} // namespace vmcp
