// Requests that go round in a circle of gateways are found.
#include "transport/http/via_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const auto start = via_chain::clock::time_point(1000h);

TEST(via, names_gateways_of_our_kind_and_no_others) {
    EXPECT_THAT(gateways_in(""), IsEmpty());
    EXPECT_THAT(gateways_in("1.1 vmcp-a"), ElementsAre("vmcp-a"));
    EXPECT_THAT(gateways_in("1.1 VMCP-A (comment), 1.0 proxy:80 ,HTTP/1.1  vmcp-b"),
                ElementsAre("vmcp-a", "vmcp-b"));
    for (const auto* odd : {"vmcp-a", "1.1", ",,", "1.1 vmcp-", "1.1 vmcp-\x01", "1.1 notvmcp-a", " , \t,"})
        EXPECT_THAT(gateways_in(odd), IsEmpty()) << odd;
    EXPECT_THAT(gateways_in("1.1 vmcp-" + std::string(100, 'x')), IsEmpty());
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "1.1 vmcp-" + std::to_string(i) + ",";
    EXPECT_THAT(gateways_in(many), SizeIs(32));
    EXPECT_EQ(gateways_in(many).back(), "vmcp-99");
}

TEST(via, a_request_that_was_here_before_is_refused) {
    via_chain here("A");
    EXPECT_TRUE(here.admit("", start));
    EXPECT_TRUE(here.admit("1.1 vmcp-b, 1.1 nginx", start));
    EXPECT_FALSE(here.admit("1.1 vmcp-b, 1.1 vmcp-a", start));
    EXPECT_FALSE(here.admit(here.passing_on("1.1 vmcp-b"), start));
    EXPECT_FALSE(here.admit(here.own(start), start));
}

// A lists what B lists and the other way round: no single request goes in a circle, but B asks on A's behalf.
TEST(via, what_a_gateway_asks_by_itself_names_those_in_front_of_it) {
    via_chain a("a");
    via_chain b("b");
    EXPECT_TRUE(b.admit(a.own(start), start));
    EXPECT_FALSE(a.admit(b.own(start), start));
    EXPECT_TRUE(a.admit(b.own(start + 11min), start)) << "a is no longer in front of b";
}

TEST(via, chains_of_three_are_found_too) {
    via_chain a("a");
    via_chain b("b");
    via_chain c("c");
    EXPECT_TRUE(b.admit(a.own(start), start));
    EXPECT_TRUE(c.admit(b.own(start), start));
    EXPECT_FALSE(a.admit(c.own(start), start));
}

TEST(via, calls_name_the_gateways_they_came_through) {
    via_chain here("a");
    EXPECT_EQ(here.passing_on(""), "1.1 vmcp-a");
    EXPECT_EQ(here.passing_on("1.0 squid, 1.1 vmcp-b (x)"), "1.1 vmcp-b, 1.1 vmcp-a");
}

TEST(via, what_is_remembered_is_bounded) {
    via_chain here("a");
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(here.admit("1.1 vmcp-" + std::to_string(i), start));
    EXPECT_THAT(gateways_in(here.own(start)), SizeIs(testing::Le(32U)));
    EXPECT_LT(here.own(start).size(), 8000U);
}

TEST(via, instances_are_random) {
    EXPECT_NE(random_instance(), random_instance());
    EXPECT_THAT(random_instance(), SizeIs(16));
}

} // namespace
} // namespace transport
