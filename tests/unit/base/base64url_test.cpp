// base64url: every byte string has one spelling, and nothing else is read.
#include "vmcp/base/base64url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

using namespace std::string_literals;

TEST(base64url, encodes_without_padding) {
    // RFC 4648 section 10, without the padding.
    EXPECT_EQ(base64url_encode(""), "");
    EXPECT_EQ(base64url_encode("f"), "Zg");
    EXPECT_EQ(base64url_encode("fo"), "Zm8");
    EXPECT_EQ(base64url_encode("foo"), "Zm9v");
    EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url_encode("\xFB\xFF\xBF"), "-_-_");
    // RFC 7515 appendix C.
    EXPECT_EQ(base64url_encode("\x03\xEC\xFF\xE0\xC1"), "A-z_4ME");
}

TEST(base64url, reads_back_every_length_and_byte) {
    std::string bytes;
    for (int i = 0; i < 600; ++i) {
        const auto text = base64url_encode(bytes);
        EXPECT_EQ(text.find('='), std::string::npos);
        EXPECT_EQ(base64url_decode(text), bytes);
        bytes.push_back(static_cast<char>(i * 167));
    }
}

TEST(base64url, refuses_what_is_not_in_the_alphabet) {
    for (int c = 0; c < 256; ++c) {
        const std::string text = "Zm9"s + static_cast<char>(c);
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '_';
        EXPECT_EQ(base64url_decode(text).has_value(), letter) << c;
    }
}

TEST(base64url, refuses_padding_space_and_standard_base64) {
    for (const auto& text : {"Zg=="s, "Zm8="s, "Zm9v="s, " Zm9v"s, "Zm9v\n"s, "Zm 9v"s, "+_-_"s, "/_-_"s,
                             "Zm9v\0"s, "Zm9v\0Zm9"s})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

TEST(base64url, refuses_impossible_lengths_and_loose_bits) {
    EXPECT_EQ(base64url_decode("Z"), std::nullopt);
    EXPECT_EQ(base64url_decode("Zm9vZ"), std::nullopt);
    EXPECT_EQ(base64url_decode("Zg"), "f");
    EXPECT_EQ(base64url_decode("Zh"), std::nullopt); // the same byte, spelled with a bit that is not its own
    EXPECT_EQ(base64url_decode("Zm8"), "fo");
    EXPECT_EQ(base64url_decode("Zm9"), std::nullopt);
}

} // namespace
} // namespace vmcp
