// What a refused caller is told.
#include "auth/rejection.hpp"

#include <gtest/gtest.h>

namespace auth {
namespace {

TEST(rejection, every_refusal_has_its_row) {
    for (unsigned i = 0; i <= static_cast<unsigned>(refusal::unavailable); ++i) {
        const auto why = static_cast<refusal>(i);
        EXPECT_EQ(row_of(why).why, why);
        EXPECT_FALSE(row_of(why).text.empty());
        EXPECT_GE(row_of(why).http_status, 400);
    }
}

TEST(rejection, statuses_and_codes_of_the_rfcs) {
    EXPECT_EQ(row_of(refusal::no_credentials).http_status, 401); // RFC 6750 section 3.1: without a code
    EXPECT_EQ(row_of(refusal::no_credentials).error, "");
    EXPECT_EQ(row_of(refusal::invalid_request).http_status, 400);
    EXPECT_EQ(row_of(refusal::invalid_token).http_status, 401);
    EXPECT_EQ(row_of(refusal::insufficient_scope).http_status, 403);
    EXPECT_EQ(row_of(refusal::invalid_dpop_proof).http_status, 401);
    EXPECT_EQ(row_of(refusal::use_dpop_nonce).http_status, 401);
    EXPECT_EQ(row_of(refusal::too_many).http_status, 429); // RFC 6585 section 4
    EXPECT_EQ(row_of(refusal::unavailable).http_status, 503);
}

} // namespace
} // namespace auth
