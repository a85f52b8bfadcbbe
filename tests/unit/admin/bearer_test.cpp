// The token of operators: only the whole token opens.
#include "transport/admin/bearer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

TEST(Bearer, TakesTheToken) {
    EXPECT_TRUE(carries_token("Bearer secret", "secret"));
    EXPECT_TRUE(carries_token("bearer secret", "secret"));
    EXPECT_TRUE(carries_token("BEARER   secret", "secret"));
    EXPECT_TRUE(carries_token("Bearer a b", "a b"));
}

TEST(Bearer, RefusesEverythingElse) {
    for (const auto* text :
         {"", "Bearer", "Bearer ", "secret", "Basic secret", "Bearersecret", "Bearer secre", "Bearer secrets",
          "Bearer Secret", "Bearer secret ", "Bearer xsecret", "Token secret"})
        EXPECT_FALSE(carries_token(text, "secret")) << '"' << text << '"';
}

TEST(Bearer, AnEmptyTokenFitsNothing) {
    EXPECT_FALSE(carries_token("", ""));
    EXPECT_FALSE(carries_token("Bearer ", ""));
    EXPECT_FALSE(carries_token("Bearer  ", ""));
}

TEST(Bearer, BytesAreComparedAsTheyAre) {
    const std::string nul("se\0cret", 7);
    EXPECT_FALSE(carries_token("Bearer se", nul));
    EXPECT_TRUE(carries_token("Bearer " + nul, nul));
    EXPECT_FALSE(carries_token("Bearer " + std::string(100'000, 'a'), std::string(99'999, 'a')));
}

} // namespace
} // namespace transport
