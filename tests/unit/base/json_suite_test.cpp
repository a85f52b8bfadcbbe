// JSONTestSuite: what a JSON parser must accept (y_), must refuse (n_) and may do either way with (i_).
#include "vmcp/base/json_cursor.hpp"

#include "source_dir.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace vmcp {
namespace {

std::filesystem::path suite() {
    const char* const vectors = std::getenv("VMCP_VECTORS");
    const auto root = vectors != nullptr ? std::filesystem::path(vectors)
                                         : std::filesystem::path(VMCP_SOURCE_DIR) / "../shared/vectors";
    return root / "json-test-suite" / "test_parsing";
}

TEST(json_test_suite, verdicts) {
    if (!std::filesystem::is_directory(suite()))
        GTEST_SKIP() << "no test vectors in " << suite();
    unsigned accept = 0;
    unsigned refuse = 0;
    unsigned either = 0;
    for (const auto& entry : std::filesystem::directory_iterator(suite())) {
        const std::string name = entry.path().filename().string();
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const bool accepted = json_valid(text, 1024);
        if (name.starts_with("y_")) {
            ++accept;
            EXPECT_TRUE(accepted) << name;
        } else if (name.starts_with("n_")) {
            ++refuse;
            EXPECT_FALSE(accepted) << name;
        } else {
            ++either;
        }
    }
    EXPECT_GT(accept, 90U);
    EXPECT_GT(refuse, 180U);
    EXPECT_GT(either, 30U);
}

} // namespace
} // namespace vmcp
