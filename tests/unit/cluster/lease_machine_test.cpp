// Who of several replicas writes.
#include "status_facts.hpp"

#include "vmcp/cluster/lease_document.hpp"
#include "vmcp/cluster/lease_machine.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace vmcp::test {
namespace {

using nlohmann::json;

// One Lease, as an API server keeps it.
struct lease_there {
    std::optional<lease_record> record{};
    int version = 0;

    // Whether that was taken.
    bool write(lease_record next) {
        if (next.resource_version != (record ? record->resource_version : ""))
            return false;
        next.resource_version = std::to_string(++version);
        record = std::move(next);
        return true;
    }
};

struct leases : ::testing::Test {
    lease_there there{};
    health::moment now{health::steady_time{} + 1h, day()};

    void pass(std::chrono::milliseconds time) {
        now.at += time;
        now.wall += time;
    }
    // One look of a replica whose requests arrive. True: it holds the lease now.
    bool step(lease_machine& one) {
        if (now.at < one.next())
            return one.held(now.at);
        const auto began = now.at;
        const auto next = one.found(there.record, now);
        if (next) {
            if (there.write(*next))
                one.wrote(*there.record, began);
            else
                one.failed(now.at, 0);
        }
        return one.held(now.at);
    }
    static lease_machine replica(const char* name) { return lease_machine({.holder = name}); }
};

TEST_F(leases, the_first_one_takes_it_and_keeps_it) {
    auto a = replica("a");
    auto b = replica("b");
    EXPECT_TRUE(step(a));
    EXPECT_FALSE(step(b));
    EXPECT_EQ(b.holder(), "a");
    const auto acquired = there.record->acquired;
    for (int i = 0; i < 120; ++i) {
        pass(1s);
        EXPECT_TRUE(step(a));
        EXPECT_FALSE(step(b));
    }
    EXPECT_EQ(there.record->transitions, 0);
    EXPECT_EQ(there.record->acquired, acquired);
    EXPECT_EQ(there.record->duration_seconds, 15);
    EXPECT_LE(there.version, 26); // every five seconds
}

TEST_F(leases, of_two_that_see_none_one_gets_it) {
    auto a = replica("a");
    auto b = replica("b");
    const auto from_a = a.found(std::nullopt, now);
    const auto from_b = b.found(std::nullopt, now);
    ASSERT_TRUE(from_a && from_b);
    EXPECT_TRUE(there.write(*from_b));
    b.wrote(*there.record, now.at);
    EXPECT_FALSE(there.write(*from_a));
    a.failed(now.at, 0);
    EXPECT_FALSE(a.held(now.at));
    pass(2s);
    EXPECT_FALSE(step(a));
    EXPECT_TRUE(b.held(now.at));
}

TEST_F(leases, one_that_is_not_renewed_is_taken_after_its_time_and_not_before) {
    auto a = replica("a");
    auto b = replica("b");
    EXPECT_TRUE(step(a));
    EXPECT_FALSE(step(b));
    auto waited = 0s; // `a` is dead
    while (!step(b)) {
        pass(1s);
        waited += 1s;
        ASSERT_LT(waited, 60s);
    }
    EXPECT_GE(waited, 15s);
    EXPECT_LE(waited, 21s);
    EXPECT_EQ(there.record->transitions, 1);
    EXPECT_FALSE(step(a)); // it has noticed, long before
}

TEST_F(leases, whoever_cannot_renew_gives_up_before_another_may_take_it) {
    auto a = replica("a");
    EXPECT_TRUE(step(a));
    const auto ends = a.ends();
    for (int i = 0; i < 4; ++i) {
        pass(2s);
        a.failed(now.at, 1.0);
        EXPECT_TRUE(a.held(now.at)) << i;
    }
    pass(2s);
    EXPECT_EQ(ends, now.at);
    EXPECT_FALSE(a.held(now.at));
    pass(4s); // still less than 15 s: nobody else can have it
    EXPECT_TRUE(step(a));
    EXPECT_EQ(there.record->transitions, 0);
}

// The clock of its holder is wrong by a day: what counts is that it changes.
TEST_F(leases, times_of_other_clocks_decide_nothing) {
    for (const auto* renewed :
         {"1999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "", "nonsense"}) {
        auto b = replica("b");
        there = {.record = lease_record{
                     .holder = "a", .duration_seconds = 15, .renewed = renewed, .resource_version = "0"}};
        for (int i = 1; i < 60; ++i) {
            there.record->resource_version = std::to_string(i); // renewed
            EXPECT_FALSE(step(b)) << renewed;
            pass(5s);
        }
        for (int i = 0; i < 5 && !step(b); ++i)
            pass(5s);
        EXPECT_TRUE(b.held(now.at)) << renewed;
    }
}

TEST_F(leases, a_promise_of_years_is_not_waited_for) {
    auto b = replica("b");
    there = {.record =
                 lease_record{.holder = "a", .duration_seconds = 2'000'000'000, .resource_version = "0"}};
    int looks = 0;
    while (!step(b) && ++looks < 30)
        pass(5s);
    EXPECT_EQ(looks, 12); // a minute
}

TEST_F(leases, one_that_was_given_back_is_taken_at_the_next_look) {
    auto a = replica("a");
    auto b = replica("b");
    EXPECT_TRUE(step(a));
    EXPECT_FALSE(step(b));
    const auto given = a.released(*there.record, now);
    ASSERT_TRUE(given);
    EXPECT_EQ(given->holder, "");
    EXPECT_EQ(given->duration_seconds, 1);
    EXPECT_TRUE(there.write(*given));
    pass(5s);
    EXPECT_TRUE(step(b));
    EXPECT_FALSE(a.released(*there.record, now)); // it is another's now
}

// The answer to a renewal was lost: the lease is found to be our own.
TEST_F(leases, what_was_written_without_an_answer_is_still_ours) {
    auto a = replica("a");
    const auto next = a.found(std::nullopt, now);
    EXPECT_TRUE(there.write(*next));
    a.failed(now.at, 0);
    EXPECT_FALSE(a.held(now.at));
    pass(2s);
    EXPECT_TRUE(step(a));
    EXPECT_EQ(there.record->transitions, 0);
}

TEST_F(leases, one_that_was_deleted_is_made_again) {
    auto a = replica("a");
    EXPECT_TRUE(step(a));
    there.record.reset();
    pass(5s);
    EXPECT_TRUE(step(a));
    EXPECT_TRUE(there.record);
}

TEST_F(leases, one_that_somebody_took_by_force_is_theirs) {
    auto a = replica("a");
    EXPECT_TRUE(step(a));
    there.record->holder = "somebody";
    there.record->resource_version = "77";
    pass(5s);
    EXPECT_FALSE(step(a));
}

TEST_F(leases, failures_wait_and_obey_the_server) {
    auto a = replica("a");
    a.failed(now.at, -1.0);
    EXPECT_EQ(a.next(), now.at + 1600ms);
    a.failed(now.at, 1.0);
    EXPECT_EQ(a.next(), now.at + 2400ms);
    a.failed(now.at, 0, 40s);
    EXPECT_EQ(a.next(), now.at + 40s);
}

TEST(lease_document, goes_there_and_back) {
    const lease_record record{.holder = "pod-1_ab",
                              .duration_seconds = 15,
                              .acquired = "2019-12-20T00:00:00.000000Z",
                              .renewed = "2019-12-20T00:00:05.000000Z",
                              .transitions = 3,
                              .resource_version = "12"};
    const auto text = lease_text("gateway-vmcp-status", record, status_object());
    const auto read = read_lease(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, record);
    const auto object = json::parse(text);
    EXPECT_EQ(object["metadata"]["ownerReferences"][0]["uid"], "1234");
    EXPECT_EQ(object["metadata"]["namespace"], "tools");
    auto created = record;
    created.resource_version.clear();
    EXPECT_FALSE(
        json::parse(lease_text("x", created, status_object()))["metadata"].contains("resourceVersion"));
}

TEST(lease_document, what_is_none_is_refused_and_what_is_odd_is_nobody_s) {
    for (const auto* broken : {"", "1", "{}", R"({"metadata":{}})", R"({"metadata":[]})"})
        EXPECT_FALSE(read_lease(broken)) << broken;
    EXPECT_FALSE(read_lease(R"({"metadata":{"resourceVersion":"1"},"spec":)" + std::string(100'000, '[') +
                            std::string(100'000, ']') + "}"));
    const auto odd = read_lease(R"({"metadata":{"resourceVersion":"1"},"spec":{"holderIdentity":null,)"
                                R"("leaseDurationSeconds":99999999999999,"leaseTransitions":-4}})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->holder, "");
    EXPECT_EQ(odd->duration_seconds, 1'000'000'000);
    EXPECT_EQ(odd->transitions, 0);
    EXPECT_TRUE(read_lease(R"({"metadata":{"resourceVersion":"1"}})"));
}

TEST(lease_document, has_a_name_however_long_that_of_the_server_is) {
    EXPECT_EQ(lease_name("gateway"), "gateway-vmcp-status");
    const auto cut = lease_name(std::string(240, 'a') + "." + std::string(13, 'b'));
    EXPECT_EQ(cut, std::string(240, 'a') + "-vmcp-status");
}

} // namespace
} // namespace vmcp::test
