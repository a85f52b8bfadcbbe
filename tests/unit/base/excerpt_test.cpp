// Excerpts of bytes nobody should trust.
#include "vmcp/base/excerpt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace vmcp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(excerpt, is_printable_and_bounded) {
    struct row {
        std::string bytes;
        std::string expected;
    };
    const std::vector<row> rows{
        {"", ""},
        {"plain", "plain"},
        {"  two\r\n\t words \n", "two words"},
        {std::string("a\0b\x1b[31mred", 11), "a?b?[31mred"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xff\xfe\xc3(", "??"
                          "?("},
        {"\xc0\xaf\xed\xa0\x80", "?"
                                 "?"
                                 "?"
                                 "?"
                                 "?"},                     // overlong, surrogate
        {"x\xe2\x80\xaey\xc2\x85z\xef\xbb\xbf", "x?y?z?"}, // right-to-left override, C1, byte order mark
        {std::string(120, 'a'), std::string(120, 'a')},
        {std::string(121, 'a'), std::string(120, 'a') + "..."},
        {std::string(119, 'a') + "\xe2\x82\xac", std::string(119, 'a') + "..."},
        {std::string(100'000, ' '), "..."},
    };
    for (const row& one : rows)
        EXPECT_EQ(excerpt_of(one.bytes), one.expected);
}

TEST(excerpt, strikes_out_secrets) {
    const std::vector<std::string> secrets{"sk-live-0123456789", "abc", "Bearer tok-1"};
    EXPECT_EQ(excerpt_of("key sk-live-0123456789 and sk-live-0123456789", secrets), "key *** and ***");
    EXPECT_EQ(excerpt_of("abc stays: too short to tell", secrets), "abc stays: too short to tell");
    EXPECT_EQ(excerpt_of("got Bearer tok-1!", secrets), "got ***!");
    // A secret across the cut must not show its first half.
    const std::string text = excerpt_of(std::string(115, 'a') + "sk-live-0123456789", secrets);
    EXPECT_THAT(text, Not(HasSubstr("sk")));
}

TEST(excerpt, is_valid_utf8_whatever_comes) {
    std::mt19937 dice(7);
    for (int i = 0; i < 3000; ++i) {
        std::string bytes(std::uniform_int_distribution<std::size_t>(0, 300)(dice), '\0');
        for (char& c : bytes)
            c = static_cast<char>(std::uniform_int_distribution<int>(i % 2 == 0 ? 0 : 0xC0, 255)(dice));
        const std::string text = excerpt_of(bytes);
        EXPECT_LE(text.size(), excerpt_limit + 3);
        for (const char c : text)
            EXPECT_GE(static_cast<unsigned char>(c), 0x20);
        EXPECT_EQ(excerpt_of(text, {}, 1000), text); // nothing left to replace
        (void)looks_binary(bytes);
    }
}

TEST(url, is_shown_without_secrets) {
    EXPECT_EQ(shown_url("http://b1:8080/mcp"), "http://b1:8080/mcp");
    EXPECT_EQ(shown_url("https://user:pass@b1/mcp?key=secret#x"), "https://b1/mcp");
    EXPECT_EQ(shown_url("https://b1?key=secret"), "https://b1");
    EXPECT_EQ(shown_url("http://b1/@scope/mcp"), "http://b1/@scope/mcp");
    EXPECT_EQ(shown_url("http://u@[::1]:80"), "http://[::1]:80");
    EXPECT_EQ(shown_url("nonsense"), "nonsense");
}

} // namespace
} // namespace vmcp
