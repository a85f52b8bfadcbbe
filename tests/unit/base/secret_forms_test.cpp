// A credential that a peer repeats is found in whatever form it comes back.
#include "vmcp/base/secret_forms.hpp"

#include "vmcp/base/excerpt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace vmcp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string struck(std::string_view text, std::string_view field_value) {
    return without_secrets(text, secret_forms(field_value));
}

TEST(secret_forms, are_the_value_what_is_behind_its_scheme_and_both_halves_of_basic) {
    EXPECT_THAT(secret_forms("Bearer abcdef"), testing::AllOf(Contains("Bearer abcdef"), Contains("abcdef")));
    const auto basic = secret_forms("Basic bWFyeTpzM2NyZXQ6eA=="); // mary:s3cret:x
    for (const auto* form : {"bWFyeTpzM2NyZXQ6eA==", "mary:s3cret:x", "mary", "s3cret:x"})
        EXPECT_THAT(basic, Contains(form));
    EXPECT_THAT(secret_forms("abc"), testing::IsEmpty()) << "too short to be told from a word";
    EXPECT_THAT(secret_forms("Bearer abc"), Not(Contains("abc")));
}

TEST(secret_forms, are_struck_however_they_are_written) {
    const std::string secret = R"(k"y/1+2 =\z%)";
    for (const auto* text : {
             R"(bad key k"y/1+2 =\z%!)",
             R"(bad key k%22y%2F1%2B2%20%3D%5Cz%25!)",
             R"(bad key k%22y%2f1+2+=\z%!)",
             R"(bad key k\"y\/1+2 =\\z%!)",
             R"(bad key k\u0022y\u002f1\u002B2\u0020=\u005cz\u0025!)",
             "bad key k\"y/1+2  \t =\\z%!",
             "bad key k\"y/1+2\r\n=\\z%!",
         })
        EXPECT_EQ(struck(text, "Key " + secret), "bad key ***!") << text;
}

TEST(secret_forms, are_struck_inside_of_base64_behind_any_number_of_bytes) {
    // of "ab:" + n bytes + secret + "!", for n = 0, 1, 2
    const std::string secret = "correct-horse-battery";
    for (const auto* text : {"YWI6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5IQ==", "YWI6MWNvcnJlY3QtaG9yc2UtYmF0dGVyeSE=",
                             "YWI6MTJjb3JyZWN0LWhvcnNlLWJhdHRlcnkh"}) {
        const auto shown = struck(text, secret);
        EXPECT_THAT(shown, HasSubstr("***"));
        EXPECT_LE(shown.size(), 14U) << shown;
    }
}

TEST(secret_forms, a_front_at_the_end_of_a_cut_text_is_struck) {
    EXPECT_EQ(struck("bad key abcd", "abcdefgh"), "bad key ***");
    EXPECT_EQ(struck("bad key abcde%6", "abcdefgh"), "bad key ***");
    EXPECT_EQ(struck("bad key abc", "abcdefgh"), "bad key abc");
    EXPECT_EQ(struck("abcdx and more", "abcdefgh"), "abcdx and more");
    // Not even where blanks before it use up what an excerpt looks at.
    for (std::size_t blanks = 0; blanks < 800; ++blanks) {
        const std::string text = "x" + std::string(blanks, ' ') + "abcdefghijklmnop";
        EXPECT_THAT(excerpt_of(text, secret_forms("abcdefghijklmnop")), Not(HasSubstr("abcd"))) << blanks;
    }
}

std::string written_anyhow(std::string_view secret, std::mt19937& dice) {
    std::string out;
    char code[8];
    for (const char c : secret) {
        const auto value = static_cast<unsigned>(static_cast<unsigned char>(c));
        switch (dice() % 4) {
        case 0:
            std::snprintf(code, sizeof code, dice() % 2 == 0 ? "%%%02x" : "%%%02X", value);
            out += code;
            break;
        case 1:
            std::snprintf(code, sizeof code, "\\u%04x", value);
            out += code;
            break;
        default:
            // These two would make something else of what follows them.
            if (c == '%')
                out += "%25";
            else if (c == '\\')
                out += "\\\\";
            else if (c == ' ')
                out.append(1 + dice() % 3, ' ');
            else
                out.push_back(c);
        }
    }
    return out;
}

TEST(secret_forms, any_mixture_of_encodings_is_struck) {
    std::mt19937 dice(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string secret;
        for (auto left = 6 + dice() % 30; left > 0; --left)
            secret.push_back(static_cast<char>('!' + dice() % 94));
        if (dice() % 3 == 0)
            secret[secret.size() / 2] = ' ';
        const auto text = "<<" + written_anyhow(secret, dice) + ">>";
        EXPECT_EQ(without_secrets(text, std::vector{secret}), "<<***>>") << secret << " in " << text;
    }
}

} // namespace
} // namespace vmcp
