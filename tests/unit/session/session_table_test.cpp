// All sessions: ids, owners, idleness, and the cap.
#include "tests/unit/session/session_fakes.hpp"
#include "vmcp/session/session_table.hpp"

#include <set>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using namespace test;

class table : public testing::Test {
protected:
    std::shared_ptr<live_session> create(session_table& in, const identity& who = {}) {
        auto made = in.add({.id = random_session_id(), .who = who}, now_);
        return made ? *made : nullptr;
    }
    std::shared_ptr<live_session> find(session_table& in, const std::shared_ptr<live_session>& s) {
        return in.find(s->id(), s->who(), now_);
    }
    // The session has a running call, and therefore is in use.
    void use(const std::shared_ptr<live_session>& s) { EXPECT_TRUE(s->begin_call("1", make_call(io_), 9)); }

    boost::asio::io_context io_{};
    steady_clock::time_point now_ = steady_clock::time_point(1'000h);
};

TEST_F(table, ids_are_128_random_bits) {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto id = random_session_id();
        EXPECT_TRUE(is_session_id(id)) << id;
        EXPECT_TRUE(seen.insert(id).second);
    }
    // Every place takes every digit.
    for (std::size_t place = 0; place < 32; ++place) {
        std::set<char> digits;
        for (const auto& id : seen)
            digits.insert(id[place]);
        EXPECT_EQ(digits.size(), 16U) << place;
    }
}

TEST_F(table, what_cannot_be_an_id_is_none) {
    for (const std::string& id : {std::string(), std::string(31, 'a'), std::string(33, 'a'),
                                  std::string(32, 'A'), std::string(32, 'g'), std::string(31, 'a') + " ",
                                  std::string(31, 'a') + '\0', "0x" + std::string(30, 'a')})
        EXPECT_FALSE(is_session_id(id)) << id;
    EXPECT_TRUE(is_session_id("0123456789abcdef0123456789abcdef"));
}

TEST_F(table, finds_by_id_and_owner) {
    session_table sessions({});
    const auto a = create(sessions, {"iss", "alice"});
    EXPECT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions.find(a->id(), {"iss", "alice"}, now_), a);
    EXPECT_EQ(sessions.find(a->id(), {"iss", "bob"}, now_), nullptr);
    EXPECT_EQ(sessions.find(a->id(), {"other", "alice"}, now_), nullptr);
    EXPECT_EQ(sessions.find(a->id(), {}, now_), nullptr);
    EXPECT_EQ(sessions.find(random_session_id(), {"iss", "alice"}, now_), nullptr);
    EXPECT_FALSE(a->closed());
}

TEST_F(table, a_wrong_owner_does_not_keep_a_session_alive) {
    session_table sessions({.ttl = 10s});
    const auto a = create(sessions, {"iss", "alice"});
    now_ += 9s;
    EXPECT_EQ(sessions.find(a->id(), {"iss", "bob"}, now_), nullptr);
    now_ += 2s;
    EXPECT_EQ(find(sessions, a), nullptr);
    sessions.sweep(now_);
    EXPECT_EQ(sessions.size(), 0U);
    EXPECT_EQ(sessions.ended(session_end::expired), 1U);
}

TEST_F(table, idle_time_slides) {
    session_table sessions({.ttl = 10s});
    const auto used = create(sessions);
    const auto idle = create(sessions);
    const auto busy = create(sessions);
    use(busy);
    for (int i = 0; i < 3; ++i) {
        now_ += 6s;
        EXPECT_EQ(find(sessions, used), used);
        sessions.sweep(now_);
    }
    EXPECT_TRUE(idle->closed());
    EXPECT_FALSE(busy->closed()) << "a call runs";
    EXPECT_EQ(sessions.size(), 2U);
    EXPECT_EQ(find(sessions, busy), busy);
}

TEST_F(table, exactly_the_time_is_not_yet_too_long) {
    session_table sessions({.ttl = 10s});
    const auto a = create(sessions);
    now_ += 10s;
    sessions.sweep(now_);
    EXPECT_EQ(find(sessions, a), a);
    now_ += 10s + 1ms;
    EXPECT_EQ(find(sessions, a), nullptr);
}

TEST_F(table, at_the_cap_the_longest_unused_one_makes_room) {
    session_table sessions({.max_sessions = 3});
    const auto a = create(sessions);
    const auto b = create(sessions);
    const auto c = create(sessions);
    EXPECT_EQ(find(sessions, a), a);
    const auto d = create(sessions);
    EXPECT_TRUE(b->closed());
    EXPECT_EQ(find(sessions, b), nullptr);
    use(c);
    const auto e = create(sessions);
    EXPECT_FALSE(c->closed());
    EXPECT_TRUE(a->closed());
    EXPECT_EQ(sessions.ended(session_end::evicted), 2U);
    EXPECT_EQ(sessions.size(), 3U);
}

TEST_F(table, when_all_are_in_use_a_new_one_is_refused) {
    session_table sessions({.max_sessions = 2});
    use(create(sessions));
    use(create(sessions));
    EXPECT_EQ(sessions.add({.id = random_session_id()}, now_).error().code, errc::too_many_sessions);
    EXPECT_EQ(sessions.size(), 2U);
    session_table none({.max_sessions = 0});
    EXPECT_EQ(create(none), nullptr);
}

TEST_F(table, what_is_evicted_is_closed_also_when_that_is_not_enough) {
    session_table sessions({.max_sessions = 4});
    const auto idle = create(sessions);
    for (int i = 0; i < 3; ++i)
        use(create(sessions));
    sessions.set_limits({.max_sessions = 2});
    EXPECT_EQ(create(sessions), nullptr);
    EXPECT_EQ(sessions.size(), 3U);
    EXPECT_TRUE(idle->closed());
    EXPECT_EQ(sessions.ended(session_end::evicted), 1U);
}

// A client that came to stay: it made a request.
class used_tables : public table {
protected:
    std::shared_ptr<live_session> create_used(session_table& in, std::uint64_t network = 0) {
        auto made = in.add({.id = random_session_id(), .network = network}, now_).value();
        now_ += 1s;
        EXPECT_EQ(in.find(made->id(), made->who(), now_, touch_by::request), made);
        return made;
    }
    std::shared_ptr<live_session> open(session_table& in, std::uint64_t network, const identity& who = {}) {
        auto made = in.add({.id = random_session_id(), .who = who, .network = network}, now_);
        return made ? *made : nullptr;
    }
};

TEST_F(used_tables, a_flood_evicts_none_that_was_used) {
    session_table sessions({.max_sessions = 10});
    std::vector<std::shared_ptr<live_session>> used;
    for (int i = 0; i < 9; ++i)
        used.push_back(create_used(sessions));
    for (int i = 0; i < 1'000; ++i)
        ASSERT_NE(open(sessions, 7), nullptr);
    for (const auto& one : used) {
        EXPECT_FALSE(one->closed());
        EXPECT_EQ(find(sessions, one), one);
    }
    EXPECT_EQ(sessions.size(), 10U);
}

TEST_F(used_tables, a_flood_from_one_address_does_not_evict_a_newcomer_from_another) {
    session_table sessions({.max_sessions = 10});
    for (int i = 0; i < 5; ++i)
        create_used(sessions);
    ASSERT_NE(open(sessions, 7), nullptr);
    const auto newcomer = open(sessions, 8);
    for (int i = 0; i < 1'000; ++i)
        ASSERT_NE(open(sessions, 7), nullptr);
    EXPECT_FALSE(newcomer->closed());
}

TEST_F(used_tables, a_notification_makes_no_session_a_used_one) {
    session_table sessions({.max_sessions = 2});
    const auto used = create_used(sessions);
    const auto idle = open(sessions, 7);
    now_ += 1s;
    EXPECT_EQ(sessions.find(idle->id(), idle->who(), now_, touch_by::notice), idle);
    ASSERT_NE(open(sessions, 8), nullptr);
    EXPECT_TRUE(idle->closed()) << "although it was touched last";
    EXPECT_FALSE(used->closed());
}

TEST_F(used_tables, when_all_were_used_the_longest_untouched_goes) {
    session_table sessions({.max_sessions = 3});
    const auto a = create_used(sessions);
    const auto b = create_used(sessions);
    const auto c = create_used(sessions);
    EXPECT_EQ(find(sessions, a), a);
    ASSERT_NE(open(sessions, 7), nullptr);
    EXPECT_TRUE(b->closed());
    EXPECT_FALSE(a->closed());
    EXPECT_FALSE(c->closed());
}

TEST_F(used_tables, an_address_has_so_many_and_loses_its_own) {
    session_table sessions({.max_sessions = 100, .max_per_address = 3});
    const auto other = open(sessions, 8);
    const auto first = open(sessions, 7);
    const auto kept = create_used(sessions, 7);
    ASSERT_NE(open(sessions, 7), nullptr);
    ASSERT_NE(open(sessions, 7), nullptr);
    EXPECT_TRUE(first->closed()) << "its own, never used";
    EXPECT_FALSE(kept->closed());
    EXPECT_FALSE(other->closed());
    EXPECT_EQ(sessions.size(), 4U);
    for (int i = 0; i < 50; ++i)
        EXPECT_NE(open(sessions, 0), nullptr) << "an address that is not known has no bound";
}

TEST_F(used_tables, an_address_whose_sessions_are_all_in_use_is_refused_and_others_are_not) {
    session_table sessions({.max_sessions = 100, .max_per_address = 2});
    for (int i = 0; i < 2; ++i)
        use(open(sessions, 7));
    const auto refused = sessions.add({.id = random_session_id(), .network = 7}, now_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::too_many_requests);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("sessions.maxPerAddress"));
    EXPECT_NE(open(sessions, 8), nullptr);
    EXPECT_EQ(sessions.size(), 3U);
}

TEST_F(used_tables, a_caller_has_so_many_from_wherever_it_comes) {
    session_table sessions({.max_sessions = 100, .max_per_caller = 2});
    const identity alice{"iss", "alice"};
    const auto first = open(sessions, 1, alice);
    const auto second = open(sessions, 2, alice);
    const auto third = open(sessions, 3, alice);
    EXPECT_TRUE(first->closed());
    use(second);
    use(third);
    const auto refused = sessions.add({.id = random_session_id(), .who = alice, .network = 4}, now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("sessions.maxPerCaller"));
    EXPECT_NE(open(sessions, 1, {"iss", "bob"}), nullptr);
    for (int i = 0; i < 10; ++i)
        EXPECT_NE(open(sessions, 1), nullptr) << "anonymous callers are not one caller";
}

TEST_F(used_tables, one_address_leaves_a_tenth_to_others_unless_told_otherwise) {
    EXPECT_EQ((session_table::limits{.max_sessions = 100'000}.of_address()), 90'000U);
    EXPECT_EQ((session_table::limits{.max_sessions = 999}.of_address()), 999U);
    EXPECT_EQ((session_table::limits{.max_sessions = 999, .max_per_address = 7}.of_address()), 7U);
}

TEST_F(used_tables, places_are_free_again_when_sessions_end) {
    session_table sessions({.max_sessions = 100, .max_per_address = 2});
    for (int i = 0; i < 20; ++i) {
        const auto one = open(sessions, 7);
        use(one);
        EXPECT_TRUE(sessions.end(one, session_end::deleted));
    }
    EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(table, ends_what_it_is_told_to_once) {
    session_table sessions({});
    const auto a = create(sessions);
    EXPECT_TRUE(sessions.end(a, session_end::deleted));
    EXPECT_FALSE(sessions.end(a, session_end::deleted));
    EXPECT_TRUE(a->closed());
    EXPECT_EQ(sessions.ended(session_end::deleted), 1U);
    const auto b = create(sessions);
    sessions.clear();
    EXPECT_TRUE(b->closed());
    EXPECT_EQ(sessions.size(), 0U);
    EXPECT_EQ(sessions.ended(session_end::shutdown), 1U);
}

TEST_F(table, ten_thousand_beyond_the_cap) {
    session_table sessions({.max_sessions = 100});
    std::vector<std::shared_ptr<live_session>> last;
    for (int i = 0; i < 10'100; ++i) {
        last.push_back(create(sessions));
        ASSERT_NE(last.back(), nullptr);
    }
    EXPECT_EQ(sessions.size(), 100U);
    EXPECT_EQ(sessions.ended(session_end::evicted), 10'000U);
    for (std::size_t i = 0; i < last.size(); ++i)
        ASSERT_EQ(last[i]->closed(), i < 10'000) << i;
}

TEST_F(table, from_many_threads) {
    session_table sessions({.ttl = 1ms, .max_sessions = 50});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&sessions, t] {
            for (int i = 0; i < 500; ++i) {
                const auto now = steady_clock::now();
                auto made = sessions.add({.id = random_session_id()}, now);
                if (!made)
                    continue;
                (void)sessions.find((*made)->id(), {}, now);
                (*made)->lists_changed(1);
                if (i % 3 == 0)
                    sessions.end(*made, session_end::deleted);
                if (t == 0)
                    sessions.sweep(now);
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_LE(sessions.size(), 50U);
    sessions.clear();
    std::uint64_t ended = 0;
    for (const auto why :
         {session_end::deleted, session_end::expired, session_end::evicted, session_end::shutdown})
        ended += sessions.ended(why);
    EXPECT_EQ(ended, 2'000U) << "each ended once";
}

TEST(session_table_replicas, a_session_that_is_there_is_not_made_twice) {
    session_table sessions({.ttl = 10s});
    const session_record record{.id = random_session_id()};
    const steady_clock::time_point begin{1'000s};
    const auto first = sessions.add(record, begin).value();
    EXPECT_EQ(sessions.add(record, begin + 9s).value(), first);
    EXPECT_EQ(sessions.size(), 1U);
    sessions.sweep(begin + 15s);
    EXPECT_EQ(sessions.size(), 1U) << "it was touched";
}

TEST(session_table_replicas, whoever_has_to_know_is_told_of_each_end) {
    session_table sessions({.ttl = 10s, .max_sessions = 1});
    std::vector<session_end> told;
    sessions.on_end([&](const live_session&, session_end why) { told.push_back(why); });
    const steady_clock::time_point begin{1'000s};
    (void)sessions.add({.id = random_session_id()}, begin).value();
    const auto second = sessions.add({.id = random_session_id()}, begin).value();
    EXPECT_TRUE(sessions.end(second, session_end::deleted));
    EXPECT_FALSE(sessions.end(second, session_end::deleted));
    (void)sessions.add({.id = random_session_id()}, begin).value();
    sessions.sweep(begin + 15s);
    EXPECT_EQ(told, (std::vector{session_end::evicted, session_end::deleted, session_end::expired}));
}

TEST(session_table_replicas, numbers_of_questions_and_streams_tell_whose_they_are) {
    session_table alone({});
    EXPECT_EQ(alone.add({.id = random_session_id()}, {}).value()->ids(), id_block{});
    EXPECT_EQ(id_block{}.first_stream(), 0U);
    session_table sessions({});
    constexpr std::uint32_t replica = (std::uint32_t{1} << id_block::replica_bits) - 1;
    sessions.be_replica(replica);
    const auto first = sessions.add({.id = random_session_id()}, {}).value()->ids();
    const auto second = sessions.add({.id = random_session_id()}, {}).value()->ids();
    EXPECT_NE(first, second);
    for (const auto& block : {first, second}) {
        EXPECT_LT(block.first + (std::uint64_t{1} << 20), std::uint64_t{1} << 53)
            << "JSON readers keep it exact";
        EXPECT_EQ(id_block::replica_of_question(block.first), replica);
        EXPECT_EQ(id_block::replica_of_question(block.first + 63), replica);
        EXPECT_EQ(id_block::replica_of_stream(block.first_stream()), replica);
        EXPECT_TRUE(id_block::is_first_stream(block.first_stream()));
        EXPECT_FALSE(id_block::is_first_stream(block.first_stream() + 1));
    }
    EXPECT_EQ(id_block::replica_of_question(1), 0U);
    EXPECT_FALSE(id_block::is_first_stream(0));
    EXPECT_FALSE(id_block::is_first_stream(std::uint64_t{1} << id_block::stream_bits)) << "of a lone gateway";
}

} // namespace
} // namespace vmcp
