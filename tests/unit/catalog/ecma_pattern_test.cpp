// Regular expressions that clients of JavaScript compile, and such that throw there.
#include "vmcp/catalog/ecma_pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vmcp {
namespace {

TEST(ecma_pattern, is_what_the_u_flag_compiles) {
    for (const std::string_view pattern : {R"~(^[a-z]+$)~",
                                           R"~()~",
                                           R"~(a|b|)~",
                                           R"~(a{2})~",
                                           R"~((?:a)+?)~",
                                           R"~(\d{4}-\d\d)~",
                                           R"~([a-])~",
                                           R"~([-a])~",
                                           R"~([\w.-]+@[\w-]+)~",
                                           R"~([\w\-]+)~",
                                           R"~(\/)~",
                                           R"~(\u00e9)~",
                                           R"~(\u{1F600})~",
                                           R"~((a)\1)~",
                                           R"~(\1(a))~",
                                           R"~((?<n>a)\k<n>)~",
                                           R"~(\p{L}+)~",
                                           R"~((?<=a)b)~",
                                           R"~((?<!a)b)~",
                                           R"~(\0)~",
                                           R"~([])~",
                                           R"~([^])~",
                                           R"~(\cA)~",
                                           R"~([\b])~",
                                           R"~(é[à-ü])~",
                                           R"~(\p{Lu}\P{Lu})~",
                                           R"~(\p{Zl}\p{Zp})~"})
        EXPECT_TRUE(is_ecma_pattern(pattern)) << pattern;
    for (const std::string_view pattern :
         {R"~((?i)x)~",  R"~((?i:x))~",      R"~(()~",          R"~())~",        R"~([)~",
          R"~(])~",      R"~(a{2,1})~",      R"~(a{,2})~",      R"~({)~",        R"~(})~",
          R"~(a**)~",    R"~(*)~",           R"~((?=a)*)~",     R"~(^*)~",       R"~([\d-x])~",
          R"~([a-\d])~", R"~([z-a])~",       R"~(\-)~",         R"~(\_)~",       R"~(\u{110000})~",
          R"~(\x4)~",    R"~(\1)~",          R"~(\k<n>)~",      R"~((?P<n>a))~", R"~(\p{Foo})~",
          R"~(\pL)~",    R"~(\A\z)~",        R"~(\Z)~",         R"~((?>a))~",    R"~(a++)~",
          R"~(\00)~",    R"~([[:alpha:]])~", R"~(\c1)~",        R"~(\b+)~",      R"~(\)~",
          R"~((?#x))~",  R"~(\h)~",          R"~([a-z&&[b]])~", R"~(x{1)~",      R"~((?<n>a)(?<n>b))~"})
        EXPECT_FALSE(is_ecma_pattern(pattern)) << pattern;
}

TEST(ecma_pattern, is_read_without_deep_recursion) {
    EXPECT_FALSE(is_ecma_pattern(std::string(1'000'000, '(')));
    EXPECT_FALSE(is_ecma_pattern(std::string(100'000, '(') + std::string(100'000, ')')));
    EXPECT_TRUE(is_ecma_pattern(std::string(1'000'000, 'a')));
}

} // namespace
} // namespace vmcp
