// Many secrets with long fronts in common, found in a text however they are written there.
#include "vmcp/base/secret_index.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/base/struck_json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace vmcp {
namespace {

using strings = std::vector<std::string>;
using testing::HasSubstr;
using testing::Not;

// As the tokens of one issuer are.
std::string token(std::uint64_t number) {
    return "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJzdWIiOiI" +
           fmt::format("{:08x}.{:016x}", number * 2654435761U & 0xFFFFFFFFU, number * 0x9E3779B97F4A7C15U);
}

std::string strike(const secret_index& by, std::string_view text) {
    return by.strike(text, least_front);
}

TEST(secret_index, finds_each_of_many_and_nothing_else) {
    secret_index all;
    for (std::uint64_t i = 0; i < 2'000; ++i)
        all.add({token(i)});
    EXPECT_EQ(all.size(), 2'000U);
    for (std::uint64_t i = 0; i < 2'000; i += 37)
        EXPECT_EQ(strike(all, "bad token " + token(i) + "!"), "bad token ***!");
    const auto other = "bad token " + token(5'000) + "!";
    EXPECT_EQ(strike(all, other), other);
    EXPECT_EQ(strike(all, token(1) + token(2) + "," + token(3)), "******,***");
}

TEST(secret_index, the_longest_form_counts_and_a_front_of_another_one_hides_none) {
    secret_index all;
    all.add({"abcd", "abcdef", "abcdefgh-1", "abcdefgh-2x", "abcdefgh-2xyz", "short-lived"});
    EXPECT_EQ(strike(all, "<abcdefgh-2xyz>"), "<***>");
    EXPECT_EQ(strike(all, "<abcdefgh-2xy>"), "<***y>");
    EXPECT_EQ(strike(all, "<abcdefgh-3>"), "<***gh-3>");
    EXPECT_EQ(strike(all, "<abcde>"), "<***e>");
    EXPECT_EQ(strike(all, "<abc>"), "<abc>");
    EXPECT_EQ(strike(all, "zzzz zz"), "zzzz zz");
    EXPECT_EQ(strike(all, ""), "");
}

TEST(secret_index, escapes_stand_for_what_they_mean) {
    secret_index all;
    all.add({"tok+en/1=="});
    for (const auto* written : {"tok+en/1==", "tok%2Ben%2F1%3D%3D",
                                "tok+en\\/1==", "\\u0074ok\\u002ben/1==", "&#116;ok&#x2b;en/1=="})
        EXPECT_EQ(strike(all, std::string("<") + written + ">"), "<***>") << written;
    secret_index odd;
    odd.add({"100%41&lt;x"});
    EXPECT_EQ(strike(odd, "<100%41&lt;x>"), "<***>") << "as it is";
}

TEST(secret_index, a_text_that_ends_within_one_shows_no_front_of_it) {
    secret_index all;
    all.add({token(7)});
    all.add({"tok+en/1=="});
    const auto whole = "key " + token(7);
    for (std::size_t cut = 8; cut <= whole.size(); ++cut)
        EXPECT_EQ(strike(all, whole.substr(0, cut)), "key ***") << cut;
    EXPECT_EQ(strike(all, whole.substr(0, 7)), "key eyJ");
    EXPECT_EQ(all.strike(whole.substr(0, 14), 12), whole.substr(0, 14))
        << "a front that is shorter than wanted";
    for (const auto* cut : {"tok+en%", "tok+en%2", "tok+en\\", "tok+en\\u00", "tok+en&#4"})
        EXPECT_EQ(strike(all, cut), "***") << cut;
}

TEST(secret_index, what_is_removed_stays_known_for_a_while_and_then_is_not) {
    secret_index all(2);
    all.add({"first-secret", "second-secret"});
    all.add({"first-secret"}); // two hold it
    all.remove({"first-secret"});
    EXPECT_EQ(strike(all, "first-secret"), "***");
    all.remove({"second-secret"});
    EXPECT_EQ(strike(all, "second-secret"), "***") << "for a while";
    all.add({"third-secret", "abc"});
    all.remove({"third-secret", "never-added"});
    EXPECT_EQ(strike(all, "first-secret second-secret third-secret"), "*** *** ***")
        << "one still holds the first";
    all.remove({"first-secret"});
    EXPECT_EQ(strike(all, "first-secret second-secret third-secret"), "*** second-secret ***");
    EXPECT_EQ(all.size(), 2U);
    secret_index none(0);
    none.add({"first-secret"});
    none.remove({"first-secret"});
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.longest(), 0U);
}

// Whoever writes what is nearly a token many times does not make it slow.
TEST(secret_index, is_quick_whatever_a_peer_writes) {
    secret_index all;
    for (std::uint64_t i = 0; i < 10'000; ++i)
        all.add({token(i)});
    std::string hostile;
    while (hostile.size() < 64'000)
        hostile += token(20'000).substr(0, 90);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(strike(all, hostile).size(), hostile.size());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(secret_index, is_read_and_written_by_many_threads) {
    secret_index all;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0; i < 200; ++i) {
                all.add({token(t * 1'000 + i)});
                EXPECT_EQ(strike(all, token(t * 1'000 + i)), "***");
                all.remove({token(t * 1'000 + i)});
            }
        });
    for (auto& one : threads)
        one.join();
}

// Words of any peer, in any text: not only in those of the backend that the token is for.
TEST(secret_index, what_was_obtained_is_struck_everywhere_while_it_is_held) {
    const auto value = token(1);
    const auto before = excerpt_of("x " + value, {}, 4096);
    EXPECT_THAT(before, HasSubstr(value));
    auto held = known_while_held(secret_forms(value));
    EXPECT_TRUE(any_secret_known());
    EXPECT_GE(longest_known_secret(), value.size());
    EXPECT_EQ(excerpt_of("x " + value + " y"), "x *** y");
    EXPECT_EQ(without_secrets(value, {}), "***");
    EXPECT_EQ(struck_json(R"({"message":")" + value + "\"}", {}), R"({"message":"***"})");
    for (std::size_t blanks = 0; blanks < 130; ++blanks)
        EXPECT_THAT(excerpt_of(std::string(blanks, 'x') + value), Not(HasSubstr("eyJh"))) << blanks;
    for (const auto& form : secret_forms(value))
        EXPECT_THAT(without_secrets("<" + form + ">", {}), "<***>");
    held.reset();
    EXPECT_EQ(without_secrets(value, {}), "***") << "what carries it may still be under way";
}

} // namespace
} // namespace vmcp
