// When a lost session is established again without a call.
#include "transport/mcp/back/renewal_pace.hpp"

#include <gtest/gtest.h>

namespace transport::test {
namespace {

using namespace std::chrono_literals;

const renewal_pace::time_point began{std::chrono::hours{100}};

TEST(renewal_pace, grows_while_attempts_fail) {
    renewal_pace pace;
    EXPECT_EQ(pace.next(began), 100ms);
    EXPECT_EQ(pace.next(began), 200ms);
    for (int i = 0; i < 20; ++i)
        (void)pace.next(began + 1h);
    EXPECT_EQ(pace.next(began + 2h), renewal_pace::longest_pause) << "no session has lived";
}

TEST(renewal_pace, grows_where_sessions_end_soon_after_their_handshake) {
    renewal_pace pace;
    auto now = began;
    auto last = pace.next(now);
    for (int i = 0; i < 20; ++i) {
        now += last;
        pace.established(now);
        now += 29s;
        const auto next = pace.next(now);
        EXPECT_GE(next, last);
        last = next;
    }
    EXPECT_EQ(last, renewal_pace::longest_pause);
}

TEST(renewal_pace, begins_anew_after_a_session_that_lived) {
    renewal_pace pace;
    for (int i = 0; i < 5; ++i)
        (void)pace.next(began);
    pace.established(began);
    EXPECT_EQ(pace.next(began + 30s), 100ms);
    EXPECT_EQ(pace.next(began + 30s), 200ms);
}

} // namespace
} // namespace transport::test
