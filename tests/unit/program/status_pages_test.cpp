// What /status says of the audit log.
#include "vmcp/program/status_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using health::audience;
using testing::HasSubstr;
using testing::Not;

TEST(StatusPages, AnAuditLogThatIsOffOrWellIsNoCondition) {
    EXPECT_TRUE(conditions_of({}, audience::operators).empty());
    EXPECT_TRUE(conditions_of({.on = true, .written = 5, .lost = 3}, audience::operators).empty());
    EXPECT_TRUE(conditions_of({.on = false, .problem = "full"}, audience::operators).empty());
}

TEST(StatusPages, AnAuditLogThatIsNotWrittenIsOneAndOnlyOperatorsReadWhy) {
    const audit_figures failing{.on = true, .lost = 3, .waiting = 2, .problem = "/var/log/x: No space left"};
    const auto public_one = conditions_of(failing, audience::anyone);
    ASSERT_EQ(public_one.size(), 1u);
    EXPECT_EQ(public_one[0].type, "AuditLogWritten");
    EXPECT_EQ(public_one[0].status, "False");
    EXPECT_THAT(public_one[0].message, HasSubstr("2 lines wait, 3 are lost"));
    EXPECT_THAT(public_one[0].message, Not(HasSubstr("space")));
    EXPECT_THAT(conditions_of(failing, audience::operators)[0].message, HasSubstr("No space left"));
    EXPECT_THAT(health::status_json(health::overview{}, {.more = public_one}),
                HasSubstr(R"("type":"AuditLogWritten")"));
    health::public_status told;
    told.unwritten = {failing.waiting, failing.lost};
    EXPECT_THAT(health::status_json(told), HasSubstr("2 lines wait, 3 are lost"));
}

} // namespace
} // namespace vmcp
