// What a peer answers is read message by message, with ids that it may have turned into strings.
#include "vmcp/model/peer_message.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vmcp {
namespace {

TEST(our_id, is_a_number_or_the_same_number_as_a_string) {
    EXPECT_EQ(our_id("12"), 12U);
    EXPECT_EQ(our_id("\"12\""), 12U);
    EXPECT_EQ(our_id("0"), 0U);
    EXPECT_EQ(our_id("18446744073709551615"), 18446744073709551615U);
    for (const auto* other : {"", "\"\"", "12.0", "\"12", "\"\"12\"\"", "-12", "+12", "012", "1e2", " 12",
                              "12 ", "x", "null", "18446744073709551616", "\"1\\u0032\""})
        EXPECT_FALSE(our_id(other)) << other;
}

TEST(message_sequence, gives_each_message_of_a_text) {
    const auto read = [](std::string_view text) {
        message_sequence all;
        all.open(text);
        std::vector<std::string> out;
        for (message m; all.next(m);)
            out.emplace_back(m.whole);
        EXPECT_FALSE(all.next(*std::make_unique<message>())) << "the end is the end";
        return out;
    };
    const std::string a = R"({"jsonrpc":"2.0","method":"a"})";
    const std::string b = R"({"jsonrpc":"2.0","id":2,"result":{}})";
    using texts = std::vector<std::string>;
    EXPECT_EQ(read(a), texts{a});
    EXPECT_EQ(read("[" + a + " , " + b + "]"), (texts{a, b}));
    EXPECT_EQ(read("[" + a + R"(,{"jsonrpc":"1.0"},7,)" + b + "]"), (texts{a, b}))
        << "what is none is left out";
    EXPECT_EQ(read("[]"), texts{});
    EXPECT_EQ(read("[" + a), texts{}) << "no JSON at all";
    EXPECT_EQ(read("<html>"), texts{});
    EXPECT_EQ(read(""), texts{});
}

} // namespace
} // namespace vmcp
