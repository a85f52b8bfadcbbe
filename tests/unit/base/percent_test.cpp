#include "vmcp/base/percent.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(percent, bytes_are_read_and_written) {
    std::string all;
    for (int i = 0; i < 256; ++i)
        append_percent(all, static_cast<char>(i));
    EXPECT_EQ(all.substr(0, 6), "%00%01");
    EXPECT_EQ(all.substr(all.size() - 3), "%FF");
    const auto read = percent_decoded(all).value();
    ASSERT_EQ(read.size(), 256U);
    for (std::size_t i = 0; i < 256; ++i)
        EXPECT_EQ(read[i], static_cast<char>(i));
    EXPECT_EQ(percent_decoded("%c3%bC"), "\xc3\xbc") << "digits in either case";
}

TEST(percent, what_is_no_encoding_fails_or_stays) {
    for (const std::string_view text : {"%", "%4", "%4g", "%g4", "a%", "%41%4", "%%41", "% 41", "%-1"}) {
        EXPECT_EQ(percent_decoded(text), std::nullopt) << text;
    }
    EXPECT_EQ(percent_decoded_loosely("%"), "%");
    EXPECT_EQ(percent_decoded_loosely("%41%4"), "A%4");
    EXPECT_EQ(percent_decoded_loosely("%%41"), "%A");
    EXPECT_EQ(percent_decoded_loosely("%4g%25"), "%4g%");
    EXPECT_EQ(percent_decoded("%2541"), "%41") << "once";
    EXPECT_EQ(percent_decoded(""), "");
    EXPECT_EQ(percent_byte("%41rest"), 'A');
    EXPECT_EQ(percent_byte("x%41"), std::nullopt);
}

TEST(percent, unreserved_characters_are_those_of_the_rfc) {
    std::string found;
    for (int i = 0; i < 256; ++i)
        if (is_unreserved(static_cast<char>(i)))
            found.push_back(static_cast<char>(i));
    EXPECT_EQ(found, "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
}

} // namespace
} // namespace vmcp
