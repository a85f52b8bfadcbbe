// What a 401 asks for, however it is written.
#include "auth/tokens/www_authenticate.hpp"

#include <gtest/gtest.h>

namespace auth {
namespace {

using list = std::vector<asked_challenge>;

TEST(www_authenticate, challenges_and_parameters_share_commas) {
    const struct {
        std::string_view text;
        list means;
    } cases[] = {
        {"", {}},
        {" , ,", {}},
        {"Bearer", {{"bearer", {}}}},
        {"bEARER Realm=x", {{"bearer", {{"realm", "x"}}}}},
        {R"(Bearer resource_metadata="https://h/a,b", scope="a b" , x=y)",
         {{"bearer", {{"resource_metadata", "https://h/a,b"}, {"scope", "a b"}, {"x", "y"}}}}},
        {R"(Basic realm="a\"b\\", DPoP algs="ES256",Bearer)",
         {{"basic", {{"realm", "a\"b\\"}}}, {"dpop", {{"algs", "ES256"}}}, {"bearer", {}}}},
        {"Negotiate YWJj==, Bearer a=b", {{"negotiate", {}}, {"bearer", {{"a", "b"}}}}},
        {"Negotiate YWJj , Bearer", {{"negotiate", {}}, {"bearer", {}}}},
        {R"(Bearer realm = "x")", {{"bearer", {{"realm", "x"}}}}},
        {R"(Bearer realm="")", {{"bearer", {{"realm", ""}}}}},
    };
    for (const auto& one : cases) {
        const auto read = read_challenges(one.text);
        ASSERT_TRUE(read) << one.text << ": " << read.error().text;
        EXPECT_EQ(*read, one.means) << one.text;
    }
}

TEST(www_authenticate, what_two_could_read_differently_is_refused) {
    for (const std::string text :
         {"Bearer a=b, A=c", "Bearer a=\"b", "Bearer a=\"b\\", "Bearer a=\"b\x01\"", "Bearer \"a\"", "=x",
          "Bearer a=b c", "Bearer a=b;c=d", "(x)", "Bearer a=\"b\"c"})
        EXPECT_FALSE(read_challenges(text)) << text;
}

TEST(www_authenticate, has_bounds) {
    std::string schemes;
    for (std::size_t i = 0; i < max_challenges; ++i)
        schemes += "s, ";
    EXPECT_TRUE(read_challenges(schemes));
    EXPECT_FALSE(read_challenges(schemes + "s"));
    std::string parameters = "s ";
    for (std::size_t i = 0; i < max_challenge_parameters; ++i)
        parameters += "p" + std::to_string(i) + "=x, ";
    EXPECT_TRUE(read_challenges(parameters));
    EXPECT_FALSE(read_challenges(parameters + "q=x"));
}

} // namespace
} // namespace auth
