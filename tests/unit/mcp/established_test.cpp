// What is kept of what a backend says of itself.
#include "transport/mcp/back/established.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

TEST(established, bare_capabilities_say_what_is_offered_and_nothing_else) {
    EXPECT_EQ(bare_capabilities("{}"), "{}");
    EXPECT_EQ(bare_capabilities(R"({"experimental":{"x":1},"logging":{},"tools":{"listChanged":true}})"),
              R"({"tools":{},"logging":{}})");
    const established all{.capabilities = bare_capabilities(
                              R"({"tools":{},"prompts":{},"resources":{},"logging":{},"completions":{}})")};
    for (const auto* one : {"tools", "prompts", "resources", "logging", "completions"})
        EXPECT_TRUE(all.offers(one)) << one;
    EXPECT_FALSE(established{}.offers("tools"));
}

} // namespace
} // namespace transport
