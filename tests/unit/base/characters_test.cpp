// Which characters people may be shown.
#include "vmcp/base/characters.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/base/words.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

std::string utf8(std::uint32_t code) {
    std::string out;
    append_utf8(out, code);
    return out;
}

// RFC 3629, 3: the first and the last of each length.
TEST(characters, are_written_in_as_many_bytes_as_they_need) {
    EXPECT_EQ(utf8(0x7F), "\x7F");
    EXPECT_EQ(utf8(0x80), "\xC2\x80");
    EXPECT_EQ(utf8(0x7FF), "\xDF\xBF");
    EXPECT_EQ(utf8(0x800), "\xE0\xA0\x80");
    EXPECT_EQ(utf8(0xFFFF), "\xEF\xBF\xBF");
    EXPECT_EQ(utf8(0x10000), "\xF0\x90\x80\x80");
    EXPECT_EQ(utf8(0x10FFFF), "\xF4\x8F\xBF\xBF");
}

TEST(characters, every_code_point_is_read_back) {
    std::size_t hidden = 0;
    for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        const auto text = utf8(code) + "x";
        const auto found = first_character(text);
        ASSERT_EQ(found.length, text.size() - 1) << code;
        ASSERT_EQ(found.code, code);
        hidden += found.printable ? 0 : 1;
    }
    // C0, DEL, C1; and 1 + 5 + 7 + 16 + 1 + 128 beyond.
    EXPECT_EQ(hidden, 32u + 1u + 32u + 158u);
}

TEST(characters, what_steers_or_hides_is_not_printable) {
    for (const std::uint32_t code : {0x00U, 0x1BU, 0x7FU, 0x85U, 0x9BU, 0x61CU, 0x200BU, 0x200FU, 0x2028U,
                                     0x2029U, 0x202EU, 0x2066U, 0x2069U, 0xFEFFU, 0xE0041U})
        EXPECT_FALSE(first_character(utf8(code)).printable) << code;
    for (const std::uint32_t code : {0x20U, 0x7EU, 0xA0U, 0xE9U, 0x20ACU, 0x4E2DU, 0x1F600U})
        EXPECT_TRUE(first_character(utf8(code)).printable) << code;
}

TEST(characters, bytes_that_are_none_are_taken_alone) {
    for (const std::string bad :
         {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        EXPECT_EQ(first_character(bad).length, 1u);
        EXPECT_FALSE(first_character(bad).printable);
    }
}

TEST(words, counts_have_the_right_plural) {
    EXPECT_EQ(count_of(0, "problem"), "0 problems");
    EXPECT_EQ(count_of(1, "problem"), "1 problem");
    EXPECT_EQ(count_of(std::size_t{2}, "backend"), "2 backends");
}

TEST(words, addresses_in_urls_have_brackets_where_they_need_them) {
    EXPECT_EQ(host_and_port("127.0.0.1", 80), "127.0.0.1:80");
    EXPECT_EQ(host_and_port("::1", 4483), "[::1]:4483");
    EXPECT_EQ(host_and_port("[::1]", 4483), "[::1]:4483");
    EXPECT_EQ(host_and_port("name.example", 1), "name.example:1");
}

} // namespace
} // namespace vmcp
