// Whose pages may try calls.
#include "vmcp/program/trial_calls.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(TrialCalls, OnlyAPageOfTheSameSiteMayTryThem) {
    EXPECT_TRUE(is_same_site(std::nullopt, "127.0.0.1:4484")) << "no browser";
    EXPECT_TRUE(is_same_site("http://127.0.0.1:4484", "127.0.0.1:4484"));
    EXPECT_TRUE(is_same_site("https://Admin.example", "admin.example"));
    for (const auto* other : {"http://127.0.0.1:4485", "http://localhost:4484", "http://evil.example", "null",
                              "", "127.0.0.1:4484", "http://127.0.0.1:4484,http://evil.example",
                              "http://evil.example,http://127.0.0.1:4484", "http://127.0.0.1:44840"})
        EXPECT_FALSE(is_same_site(other, "127.0.0.1:4484")) << other;
    EXPECT_FALSE(is_same_site("http://", ""));
}

} // namespace
} // namespace vmcp
