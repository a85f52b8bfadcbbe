// The lists of one backend: read when they are due, kept, withdrawn.
#include "vmcp/supervision/list_keeper.hpp"

#include "tests/fakes/hand_backend.hpp"
#include "tests/fakes/hand_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using fakes::hand_backend;
using health::finding;
using testing::HasSubstr;

class keeping : public testing::Test {
protected:
    keeping() {
        list_keeper::surroundings around;
        around.health = [this] {
            health::record_status status;
            status.now = state_;
            status.latency = latency_;
            return std::optional(status);
        };
        around.shown = [this] { return shown_; };
        around.changed = [this](bool) {
            ++changes_;
            const auto offered = keeper_->offered();
            shown_ = offered.lists && !offered.withdrawn;
        };
        around.learned = [this](const auto& evidence, auto) { learned_.push_back(evidence.what); };
        keeper_ =
            std::make_shared<list_keeper>(on_.thread(), "b", "http://b/mcp", backend_,
                                          list_keeper::settings{.pace = {.refresh = 60s, .interval = 30s},
                                                                .probe_timeout = 10s,
                                                                .call_timeout = 30s,
                                                                .grace = 10s},
                                          std::move(around));
    }
    ~keeping() override { keeper_->stop(); }

    void come_back() {
        state_ = health::state::healthy;
        keeper_->came_back();
        on_.settle();
    }
    void go_down() {
        state_ = health::state::unhealthy;
        keeper_->went_down();
        on_.settle();
    }
    void listed() {
        come_back();
        backend_->tools({"a"});
        on_.settle();
        ASSERT_TRUE(shown_);
    }

    fakes::hand_driven on_{};
    std::shared_ptr<hand_backend> backend_ = std::make_shared<hand_backend>("b");
    health::state state_ = health::state::unknown;
    bool shown_ = false;
    unsigned changes_ = 0;
    std::vector<health::microseconds> latency_{};
    std::vector<finding> learned_{};
    std::shared_ptr<list_keeper> keeper_{};
};

TEST_F(keeping, nothing_is_read_before_the_first_sign_of_life) {
    on_.pass(1h);
    EXPECT_EQ(backend_->readings_begun, 0U);
    come_back();
    EXPECT_EQ(backend_->readings_begun, 1U);
    backend_->tools({"a"});
    on_.settle();
    EXPECT_EQ(changes_, 1U);
    EXPECT_EQ(keeper_->offered().lists->tools.size(), 1U);
}

TEST_F(keeping, lists_are_read_again_now_and_then_and_told_where_they_differ) {
    listed();
    on_.pass(60s);
    ASSERT_EQ(backend_->readings.size(), 1U);
    EXPECT_EQ(backend_->readings[0].patience, 30s) << "nobody waits for it";
    backend_->tools({"a"});
    on_.settle();
    EXPECT_EQ(changes_, 1U);
    on_.pass(60s);
    backend_->tools({"a", "b"});
    on_.settle();
    EXPECT_EQ(changes_, 2U);
}

TEST_F(keeping, an_announcement_while_they_are_read_makes_another_reading_follow) {
    listed();
    keeper_->refresh();
    on_.pass(20ms);
    ASSERT_EQ(backend_->readings.size(), 1U);
    keeper_->refresh();
    on_.pass(1s);
    EXPECT_EQ(backend_->most_at_once, 1U);
    backend_->tools({"a"});
    on_.pass(20ms);
    EXPECT_EQ(backend_->readings.size(), 1U);
}

// As a backend does that hangs: the request ends when its time is over.
TEST_F(keeping, a_request_that_hangs_is_closed_before_the_next_one_which_gets_twice_the_time) {
    come_back();
    for (const auto patience : {800ms, 1600ms, 3200ms, 6400ms}) {
        ASSERT_EQ(backend_->readings.size(), 1U);
        EXPECT_EQ(backend_->readings[0].patience, patience);
        on_.pass(patience);
        backend_->runs_out();
        on_.settle();
        EXPECT_THAT(keeper_->kept().problem(), testing::IsEmpty()) << "it proves nothing";
    }
    EXPECT_EQ(backend_->readings[0].patience, 10s) << "as long as a probe may take";
    backend_->runs_out();
    on_.settle();
    EXPECT_THAT(keeper_->kept().problem(), HasSubstr("its lists cannot be read"));
    EXPECT_TRUE(backend_->readings.empty());
    on_.pass(100ms);
    ASSERT_EQ(backend_->readings.size(), 1U);
    EXPECT_EQ(backend_->readings[0].patience, 800ms);
    EXPECT_EQ(backend_->most_at_once, 1U);
    backend_->tools({"a"});
    on_.settle();
    EXPECT_TRUE(shown_);
}

TEST_F(keeping, a_handshake_has_the_most_at_once_and_is_not_repeated_at_once) {
    come_back();
    ASSERT_EQ(backend_->readings.size(), 1U);
    EXPECT_EQ(backend_->readings[0].for_session, 10s);
    EXPECT_EQ(backend_->readings[0].patience, 800ms);
    on_.pass(10s);
    backend_->handshake_runs_out();
    on_.settle();
    EXPECT_THAT(keeper_->kept().problem(), HasSubstr("its lists cannot be read"));
    EXPECT_TRUE(backend_->readings.empty());
    on_.pass(100ms);
    ASSERT_EQ(backend_->readings.size(), 1U);
    EXPECT_EQ(backend_->readings[0].patience, 800ms) << "nothing was learned about its lists";
}

TEST_F(keeping, a_backend_that_is_slow_for_everything_is_asked_once) {
    latency_ = {-1us, 1'000'000us, -1us};
    come_back();
    ASSERT_EQ(backend_->readings.size(), 1U);
    EXPECT_EQ(backend_->readings[0].patience, 4s) << "four times what a probe took";
    on_.pass(2s);
    backend_->tools({"a"});
    on_.settle();
    EXPECT_TRUE(shown_);
    EXPECT_EQ(backend_->readings_begun, 1U);
}

TEST_F(keeping, what_hangs_while_the_backend_is_down_is_not_asked_again_before_it_is_back) {
    come_back();
    state_ = health::state::unhealthy; // nobody told it yet
    backend_->runs_out();
    on_.pass(1h);
    EXPECT_EQ(backend_->readings_begun, 1U);
}

TEST_F(keeping, a_reading_that_hangs_since_before_an_outage_is_given_up) {
    listed();
    on_.pass(60s);
    ASSERT_EQ(backend_->readings.size(), 1U);
    const auto hung = backend_->readings[0].control;
    go_down();
    EXPECT_TRUE(hung->cancelled());
    EXPECT_EQ(backend_->readings_begun, 2U) << "it is not asked while it is down";
    on_.pass(5s);
    EXPECT_EQ(backend_->readings_begun, 2U);
    come_back();
    on_.pass(20ms);
    EXPECT_EQ(backend_->readings_begun, 3U);
}

TEST_F(keeping, what_it_offers_is_withdrawn_after_the_grace_and_shown_again_with_the_next_reading) {
    listed();
    go_down();
    const auto down_since = on_.now();
    on_.pass(9s);
    EXPECT_FALSE(keeper_->offered().withdrawn);
    on_.pass(1s);
    EXPECT_TRUE(keeper_->offered().withdrawn);
    EXPECT_EQ(keeper_->offered().down_since.at, down_since);
    EXPECT_EQ(changes_, 2U);
    come_back();
    on_.pass(20ms);
    EXPECT_TRUE(keeper_->offered().withdrawn) << "not before it is known what it offers now";
    backend_->tools({"a"});
    on_.settle();
    EXPECT_FALSE(keeper_->offered().withdrawn);
    EXPECT_EQ(changes_, 3U) << "the same lists, but they are shown again";
}

TEST_F(keeping, an_outage_shorter_than_the_grace_changes_nothing) {
    listed();
    go_down();
    on_.pass(9s);
    come_back();
    on_.pass(30s);
    EXPECT_FALSE(keeper_->offered().withdrawn);
    EXPECT_EQ(changes_, 1U);
}

TEST_F(keeping, refused_credentials_are_told_to_the_monitor_and_so_is_that_they_were_accepted) {
    come_back();
    backend_->refuses(fail(errc::backend_unauthorized), {.what = finding::auth_needed, .status = 401});
    on_.settle();
    EXPECT_THAT(learned_, testing::ElementsAre(finding::auth_needed));
    EXPECT_THAT(keeper_->kept().problem(), HasSubstr("its lists cannot be read"));
    state_ = health::state::unauthenticated;
    on_.pass(100ms);
    ASSERT_EQ(backend_->readings.size(), 1U);
    backend_->tools({"a"});
    on_.settle();
    EXPECT_THAT(learned_, testing::ElementsAre(finding::auth_needed, finding::success));
}

TEST_F(keeping, other_failures_are_the_monitors_to_judge) {
    come_back();
    backend_->refuses(fail(errc::backend_unavailable), {.what = finding::reset});
    on_.settle();
    EXPECT_THAT(learned_, testing::IsEmpty());
    EXPECT_EQ(keeper_->offered().lists, nullptr);
}

TEST_F(keeping, after_the_end_nothing_is_read_or_told) {
    listed();
    on_.pass(60s);
    ASSERT_EQ(backend_->readings.size(), 1U);
    keeper_->stop();
    on_.settle();
    EXPECT_TRUE(backend_->readings[0].control->cancelled());
    keeper_->refresh();
    keeper_->went_down();
    on_.pass(1h);
    EXPECT_EQ(backend_->readings_begun, 2U);
    EXPECT_EQ(changes_, 1U);
}

} // namespace
} // namespace vmcp
