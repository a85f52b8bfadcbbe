// Who shares a backend session and wants what of it.
#include "transport/mcp/back/shared_audience.hpp"

#include "vmcp/session/live_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using vmcp::client_session;
using vmcp::log_level;
using remaining = shared_audience::remaining;

std::shared_ptr<client_session> someone() {
    return std::make_shared<vmcp::live_session>(vmcp::session_record{.id = "id"});
}

class audience : public testing::Test {
protected:
    void SetUp() override {
        of.join(a);
        of.join(b);
    }
    std::shared_ptr<client_session> a = someone(), b = someone();
    shared_audience of{};
};

TEST_F(audience, hears_of_what_it_subscribed_to_and_of_its_parts) {
    EXPECT_THAT(of.subscribers("x"), IsEmpty());
    of.subscribe(a.get(), "file:///dir");
    of.subscribe(a.get(), "file:///dir");
    of.subscribe(b.get(), "file:///dir/one");
    EXPECT_EQ(of.subscriptions_of(a.get()), 1U);
    EXPECT_THAT(of.subscribers("file:///dir"), ElementsAre(a));
    EXPECT_THAT(of.subscribers("file:///dir/one"), ElementsAre(b));
    EXPECT_THAT(of.subscribers("file:///dir/two"), ElementsAre(a));
    EXPECT_THAT(of.subscribers("file:///dir/one/part"), UnorderedElementsAre(a, b));
    EXPECT_THAT(of.subscribers("file:///"), IsEmpty());
    EXPECT_THAT(of.subscribers("FILE:///%64ir"), ElementsAre(a)) << "in any spelling";
}

TEST_F(audience, the_last_one_to_unsubscribe_ends_it) {
    of.subscribe(a.get(), "x");
    of.subscribe(b.get(), "x");
    EXPECT_TRUE(of.step_aside(a.get(), "x"));
    EXPECT_FALSE(of.step_aside(b.get(), "x")) << "there is nobody else";
    EXPECT_EQ(of.unsubscribe(a.get(), "x"), remaining::unchanged) << "it stepped aside";
    EXPECT_EQ(of.unsubscribe(b.get(), "x"), remaining::nobody);
    EXPECT_FALSE(of.step_aside(b.get(), "x"));
    EXPECT_EQ(of.unsubscribe(b.get(), "x"), remaining::unchanged);
    of.subscribe(a.get(), "x");
    of.subscribe(b.get(), "x");
    EXPECT_EQ(of.unsubscribe(b.get(), "x"), remaining::others);
    EXPECT_TRUE(of.step_aside(nullptr, "x")) << "whoever asks, a wants it";
    EXPECT_THAT(of.subscribers("x"), ElementsAre(a));
}

TEST_F(audience, whoever_leaves_takes_its_wishes_along) {
    of.subscribe(a.get(), "both");
    of.subscribe(b.get(), "both");
    of.subscribe(a.get(), "own");
    EXPECT_EQ(of.set_level(a.get(), log_level::debug), log_level::debug);
    EXPECT_EQ(of.set_level(b.get(), log_level::error), log_level::debug);
    EXPECT_THAT(of.leave(a.get()), ElementsAre("own"));
    EXPECT_THAT(of.leave(a.get()), IsEmpty());
    EXPECT_THAT(of.subscribers("both"), ElementsAre(b));
    EXPECT_EQ(of.level(), log_level::error);
    EXPECT_EQ(of.subscriptions_of(a.get()), 0U);
    of.subscribe(a.get(), "too late");
    EXPECT_EQ(of.set_level(a.get(), log_level::debug), log_level::error);
    EXPECT_THAT(of.subscribers("too late"), IsEmpty());
    EXPECT_THAT(of.leave(b.get()), ElementsAre("both"));
    EXPECT_EQ(of.level(), log_level::unset);
}

TEST_F(audience, knows_who_is_alone) {
    EXPECT_EQ(of.only(), nullptr);
    (void)of.leave(a.get());
    EXPECT_EQ(of.only(), b);
    (void)of.leave(b.get());
    EXPECT_EQ(of.only(), nullptr);
}

TEST_F(audience, a_client_that_has_ended_is_told_nothing) {
    of.subscribe(a.get(), "x");
    const auto key = a.get();
    a.reset();
    EXPECT_THAT(of.subscribers("x"), IsEmpty());
    EXPECT_THAT(of.leave(key), ElementsAre("x"));
}

} // namespace
} // namespace transport
