// What the process knows to be secret is struck wherever a peer's words are shown, however it is written.
#include "vmcp/base/known_secrets.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/base/struck_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::Not;

// Forgets what a test made known.
class known : public testing::Test {
protected:
    ~known() override {
        know_secrets({});
        know_secrets({});
    }
};

std::string percent(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

std::string numeric_entities(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += fmt::format("&#{};", static_cast<unsigned char>(c));
    return out;
}

std::string html(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += c == '&'    ? "&amp;"
               : c == '<'  ? "&lt;"
               : c == '"'  ? "&quot;"
               : c == '\'' ? "&#x27;"
                           : std::string(1, c);
    return out;
}

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    return out;
}

std::string in_json(std::string_view text) {
    const auto literal = quoted(text);
    return literal.substr(1, literal.size() - 2);
}

std::string wide_blanks(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += c == ' ' ? "  \t " : std::string(1, c);
    return out;
}

constexpr std::string (*encodings[])(std::string_view) = {
    [](std::string_view text) { return std::string(text); },
    percent,
    numeric_entities,
    html,
    json_escaped,
    in_json,
    wide_blanks};

const std::vector<std::string> secrets{"sk-0123456789abcdef", "Bearer tok.en-1~x", "a&b<c\"d'e\\f%g",
                                       "p w d s", "user:pass/word+1=="};

TEST_F(known, each_in_each_encoding_is_found_nowhere) {
    know_secrets(secrets);
    for (const auto& secret : secrets) {
        for (const auto encode : encodings) {
            const auto written = encode(secret);
            const auto text = "bad key <<" + written + ">> sorry";
            EXPECT_EQ(without_secrets(text, {}), "bad key <<***>> sorry") << written;
            EXPECT_THAT(excerpt_of(text), HasSubstr("bad key <<***>>")) << written;
            const auto error = fmt::format(R"({{"code":-1,"message":"<<{}>>"}})", written);
            if (json_valid(error))
                EXPECT_EQ(struck_json(error, {}), R"({"code":-1,"message":"<<***>>"})") << written;
        }
    }
}

TEST_F(known, a_cut_leaves_no_front_of_one_wherever_it_is) {
    know_secrets({"Key sk-0123456789abcdef"});
    for (std::size_t before = 0; before < 140; ++before) {
        const auto text = std::string(before, 'x') + " sk-0123456789abcdef";
        EXPECT_THAT(excerpt_of(text), Not(HasSubstr("sk-"))) << before;
        EXPECT_THAT(excerpt_of(text.substr(0, text.size() - 7)), Not(HasSubstr("sk-0"))) << before;
    }
}

TEST_F(known, what_was_known_before_stays_so_for_one_more) {
    know_secrets({"first-secret"});
    know_secrets({"second-secret"});
    EXPECT_EQ(without_secrets("first-secret second-secret", {}), "*** ***");
    know_secrets({"third-secret"});
    EXPECT_EQ(without_secrets("first-secret second-secret", {}), "first-secret ***");
}

TEST_F(known, the_halves_of_basic_and_base64_of_anything_are_struck) {
    know_secrets({"Basic bWFyeTpzM2NyZXQ6eA=="}); // mary:s3cret:x
    for (const auto* text : {"bWFyeTpzM2NyZXQ6eA", "s3cret:x", "mary:s3cret:x", "eHh4bWFyeTpzM2NyZXQ6eA"})
        EXPECT_THAT(without_secrets(text, {}), HasSubstr("***")) << text;
}

TEST_F(known, a_url_keeps_its_host_and_loses_a_key_in_its_path) {
    know_secrets({"weather", "OTk4ZDE3MzYtNDQ0NC"});
    EXPECT_EQ(shown_url("http://weather:80/s/OTk4ZDE3MzYtNDQ0NC/mcp?k=v"), "http://weather:80/s/***/mcp");
}

TEST_F(known, a_set_finds_what_one_after_the_other_finds) {
    std::mt19937 dice(11);
    constexpr std::string_view letters = "abc %\\&+=";
    for (int round = 0; round < 3'000; ++round) {
        const auto random = [&](std::size_t least, std::size_t most) {
            std::string out;
            for (auto left = least + dice() % (most - least); left > 0; --left)
                out.push_back(letters[dice() % letters.size()]);
            return out;
        };
        auto secret = random(4, 8);
        if (secret.front() == ' ')
            secret.front() = 'a';
        const auto text = random(0, 30);
        const bool there = find_secret(text, secret, 0).end > 0;
        EXPECT_EQ(secret_set({secret}).strike(text) != text, there) << secret << " in " << text;
    }
}

TEST_F(known, an_error_of_a_backend_stays_json) {
    know_secrets({"12345678", "u0041bcde", "Bearer abcdefgh"});
    EXPECT_EQ(struck_json(R"({"code":12345678,"message":"x"})", {}), R"({"code":-32603,"message":"***"})");
    EXPECT_EQ(struck_json(R"({"code":1,"message":"needs a Bearer"})", {}), std::nullopt);
    EXPECT_EQ(struck_json(R"({"code":1,"message":"none","data":{"a\"b":[1,"c"]}})", {}), std::nullopt);
    const auto odd = struck_json(R"({"code":1,"message":"\u0041bcde"})", {});
    ASSERT_TRUE(odd);
    EXPECT_TRUE(json_valid(*odd)) << *odd;
    EXPECT_EQ(struck_json(R"({"Bearer abcdefgh":1})", {}), R"({"***":1})");
}

TEST_F(known, without_any_nothing_changes) {
    EXPECT_EQ(without_secrets("as it is", {}), "as it is");
    EXPECT_EQ(struck_json(R"({"message":"as it is"})", {}), std::nullopt);
}

} // namespace
} // namespace vmcp
