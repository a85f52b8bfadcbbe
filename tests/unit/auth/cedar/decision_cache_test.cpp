// Lists that were decided are remembered, for exactly the callers that they hold for.
#include "auth/cedar/decision_cache.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace auth {
namespace {

decision_cache::verdicts some(std::size_t count, bool value = true) {
    return std::make_shared<const std::vector<bool>>(count, value);
}

cedar_caller caller(std::string subject, std::vector<cedar_uid> groups = {},
                    std::vector<cedar_field> claims = {}) {
    return {
        .principal{.uid{"Client", std::move(subject)}, .attributes = claims, .parents = std::move(groups)},
        .context = claims};
}

TEST(decision_key, differs_in_everything_that_decisions_depend_on) {
    constexpr auto call = cedar_operation::call_tool;
    const cedar_value one{std::int64_t{1}};
    std::vector<std::string> keys{
        decision_key(1, 1, call, caller("a")),
        decision_key(2, 1, call, caller("a")),
        decision_key(1, 2, call, caller("a")),
        decision_key(1, 1, cedar_operation::get_prompt, caller("a")),
        decision_key(1, 1, call, caller("b")),
        decision_key(1, 1, call, caller("a", {{"THVGroup", "g"}})),
        decision_key(1, 1, call, caller("a", {{"Team", "g"}})),
        decision_key(1, 1, call, caller("a", {{"THVGroup", "g"}, {"THVGroup", "h"}})),
        decision_key(1, 1, call, caller("a", {{"THVGroup", "gh"}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {std::string("1")}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", one}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {true}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {cedar_decimal{1}}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {cedar_set{{one}}}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {cedar_set{{one, one}}}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {cedar_record{{{"y", one}}}}}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_x", {cedar_record{}}}, {"y", one}})),
        decision_key(1, 1, call, caller("a", {}, {{"claim_xy", one}})),
        decision_key(1, 1, call, caller("aclaim_xy", {}, {})),
    };
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
    EXPECT_EQ(decision_key(1, 1, call, caller("a")), keys[0]);
}

TEST(decision_cache, finds_what_was_put) {
    decision_cache cache(1 << 20);
    EXPECT_EQ(cache.find("a"), nullptr);
    cache.put("a", some(3));
    cache.put("b", some(4, false));
    ASSERT_NE(cache.find("a"), nullptr);
    EXPECT_EQ(*cache.find("a"), std::vector<bool>(3, true));
    EXPECT_EQ(*cache.find("b"), std::vector<bool>(4, false));
    cache.put("a", some(9));
    EXPECT_EQ(cache.find("a")->size(), 3U);
}

TEST(decision_cache, keeps_its_bound_and_what_was_used_last) {
    decision_cache cache(16 * 4'096);
    const auto used = std::string("often");
    cache.put(used, some(10));
    for (int index = 0; index < 10'000; ++index) {
        cache.put(std::to_string(index) + std::string(100, 'x'), some(1'000));
        ASSERT_NE(cache.find(used), nullptr) << index;
        ASSERT_LE(cache.bytes(), 16U * 4'096U);
    }
    EXPECT_EQ(cache.find("0" + std::string(100, 'x')), nullptr);
    EXPECT_NE(cache.find("9999" + std::string(100, 'x')), nullptr);
}

TEST(decision_cache, refuses_what_is_larger_than_its_bound) {
    decision_cache cache(16 * 1'024);
    cache.put("a", some(1'000'000));
    EXPECT_EQ(cache.find("a"), nullptr);
    cache.put(std::string(2'000, 'k'), some(1));
    EXPECT_EQ(cache.bytes(), 0U);
    decision_cache none(0);
    none.put("a", some(1));
    EXPECT_EQ(none.find("a"), nullptr);
}

} // namespace
} // namespace auth
