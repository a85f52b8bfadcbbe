// Characters of ASCII.
#include "vmcp/base/ascii.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(ascii, nothing_else_has_lower_case) {
    EXPECT_EQ(lowered("AbZ[@`\xC3\x89"), "abz[@`\xC3\x89");
}

TEST(ascii, hexadecimal_digits) {
    for (int i = 0; i < 16; ++i) {
        EXPECT_EQ(hex_value("0123456789abcdef"[i]), i);
        EXPECT_EQ(hex_value("0123456789ABCDEF"[i]), i);
    }
    for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\x10', '\x19', '\xC1'})
        EXPECT_EQ(hex_value(c), -1) << c;
}

} // namespace
} // namespace vmcp
