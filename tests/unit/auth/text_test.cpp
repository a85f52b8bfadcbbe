// Small questions about text.
#include "auth/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

TEST(text, shown_words_are_printable_and_short) {
    EXPECT_EQ(shown("a b"), "'a b'");
    const auto odd = shown("\x1b[31m\r\n" + std::string(1000, 'x'));
    EXPECT_LT(odd.size(), 200U);
    EXPECT_EQ(odd.find_first_of("\x1b\r\n"), std::string::npos);
}

TEST(text, control_characters) {
    EXPECT_FALSE(has_control("a \xC3\xA9~"));
    EXPECT_FALSE(has_control(""));
    for (const char c : {'\0', '\t', '\n', '\x1f', '\x7f'})
        EXPECT_TRUE(has_control(std::string(1, c)));
}

} // namespace
} // namespace auth
