// Whose answer it was, by its ends.
#include "transport/mcp/stdio/overlong_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace transport {
namespace {

std::optional<std::uint64_t> found(const std::string& text) {
    constexpr std::size_t kept = 64;
    return id_of_overlong_answer(std::string_view(text).substr(0, kept),
                                 std::string_view(text).substr(text.size() - std::min(text.size(), kept)));
}

const std::string big = "\"" + std::string(500, 'x') + "\"";

TEST(overlong_answer, has_its_id_first_or_last) {
    EXPECT_EQ(found(R"({"jsonrpc":"2.0","id":7,"result":{"content":)" + big + "}}"), 7U);
    EXPECT_EQ(found(R"({ "id" : "8" , "jsonrpc" : "2.0", "error" : {"message":)" + big + "}}"), 8U);
    EXPECT_EQ(found(R"({"result":{"content":)" + big + R"(},"jsonrpc":"2.0","id":9})"), 9U);
    EXPECT_EQ(found(R"({"jsonrpc":"2.0","result":)" + big + R"(,"id":10 } )"), 10U);
    EXPECT_EQ(found(R"({"result":)" + big + R"(,"id":11,"jsonrpc":"2.0"})"), 11U);
}

TEST(overlong_answer, is_not_taken_for_one_where_it_is_none) {
    EXPECT_FALSE(found(R"({"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":)" + big + "}"));
    EXPECT_FALSE(found(R"({"jsonrpc":"2.0","method":"notifications/message","params":)" + big + "}"));
    EXPECT_FALSE(found(R"({"params":)" + big + R"(,"id":7})"));
    EXPECT_FALSE(found(R"({"result":{"a":)" + big + R"(,"id":7}, "x":1})"));
    EXPECT_FALSE(found(R"({"result":)" + big + R"(,"id":"foreign"})"));
    EXPECT_FALSE(found(R"({"result":)" + big + R"(,"id":7)"));
    EXPECT_FALSE(found("x" + big));
    EXPECT_FALSE(found(""));
}

} // namespace
} // namespace transport
