// A backend session is established by one, waited for by many, and lost once.
#include "transport/mcp/back/session_state.hpp"

#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::io_context;
using fakes::settle;
using vmcp::errc;
using vmcp::steady_clock;
using role = session_state::role;
using waiting = fakes::started<vmcp::result<std::shared_ptr<const established>>>;

steady_clock::time_point never() {
    return steady_clock::now() + 1h;
}

established session(std::string id) {
    established out;
    out.session_id = std::move(id);
    return out;
}

TEST(session_state, one_initializes_and_all_get_the_outcome) {
    io_context io;
    session_state s;
    EXPECT_EQ(s.ready(), nullptr);
    EXPECT_EQ(s.claim(), role::initialize);
    EXPECT_EQ(s.claim(), role::wait);
    waiting a(io, s.settled(never()));
    waiting b(io, s.settled(never()));
    settle(io);
    EXPECT_FALSE(a.done() || b.done());
    s.settle(session("x"));
    settle(io);
    ASSERT_TRUE(a.value() && b.value());
    EXPECT_EQ((*a.value())->session_id, "x");
    EXPECT_EQ(*a.value(), *b.value());
    EXPECT_EQ(s.ready(), *a.value());
    EXPECT_EQ(s.claim(), role::wait) << "there is nothing to do";
    EXPECT_EQ(*fakes::run(io, s.settled(never())), s.ready());
}

TEST(session_state, a_failure_reaches_all_who_wait_and_the_next_one_tries_again) {
    io_context io;
    session_state s;
    EXPECT_EQ(s.claim(), role::initialize);
    waiting a(io, s.settled(never()));
    settle(io);
    s.settle(vmcp::fail(errc::backend_unavailable, "down"));
    settle(io);
    EXPECT_EQ(a.value().error().detail, "down");
    EXPECT_EQ(s.ready(), nullptr);
    EXPECT_EQ(s.generation(), 0U);
    EXPECT_EQ(fakes::run(io, s.settled(never())).error().detail, "down")
        << "whoever was to wait, and came late, learns the same";
    EXPECT_EQ(s.claim(), role::initialize);
    s.settle(session("x"));
    EXPECT_TRUE(s.lose(1));
    EXPECT_EQ(fakes::run(io, s.settled(never())).error().code, errc::backend_session_lost)
        << "an old failure says nothing about a session that was lost since";
}

TEST(session_state, waiting_has_a_deadline) {
    io_context io;
    session_state s;
    EXPECT_EQ(s.claim(), role::initialize);
    EXPECT_EQ(fakes::run(io, s.settled(steady_clock::now() + 1ms)).error().code, errc::backend_timeout);
}

TEST(session_state, one_who_waits_can_be_cancelled_and_the_others_wait_on) {
    io_context io;
    session_state s;
    EXPECT_EQ(s.claim(), role::initialize);
    const auto one = std::make_shared<vmcp::cancellation>(io.get_executor());
    waiting a(io, s.settled(never(), one.get()));
    waiting b(io, s.settled(never()));
    settle(io);
    one->cancel({});
    settle(io);
    EXPECT_EQ(a.value().error().code, errc::cancelled);
    EXPECT_FALSE(b.done());
    EXPECT_EQ(fakes::run(io, s.settled(never(), one.get())).error().code, errc::cancelled)
        << "also when it was cancelled before";
    s.settle(session("x"));
    settle(io);
    EXPECT_EQ((*b.value())->session_id, "x");
}

TEST(session_state, is_lost_once_and_only_in_its_own_generation) {
    session_state s;
    EXPECT_FALSE(s.lose(0));
    EXPECT_EQ(s.claim(), role::initialize);
    s.settle(session("first"));
    EXPECT_EQ(s.ready()->generation, 1U);
    EXPECT_FALSE(s.lose(0));
    EXPECT_FALSE(s.lose(2));
    EXPECT_TRUE(s.lose(1));
    EXPECT_FALSE(s.lose(1)) << "somebody else said so already";
    EXPECT_EQ(s.claim(), role::initialize);
    s.settle(session("second"));
    EXPECT_EQ(s.generation(), 2U);
    EXPECT_FALSE(s.lose(1)) << "a late report of the first does not end the second";
    EXPECT_EQ(s.ready()->session_id, "second");
}

TEST(session_state, of_many_threads_one_initializes_per_generation) {
    session_state s;
    std::atomic<int> handshakes{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            io_context io;
            for (int i = 0; i < 200; ++i) {
                if (s.claim() == role::initialize) {
                    ++handshakes;
                    s.settle(session("x"));
                }
                const auto got = fakes::run(io, s.settled(never()));
                if (got)
                    s.lose((*got)->generation);
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(static_cast<std::uint64_t>(handshakes.load()), s.generation());
}

TEST(session_state, ids_are_never_given_twice) {
    session_state s;
    EXPECT_EQ(s.next_id(), 1U);
    EXPECT_EQ(s.next_id(), 2U);
}

TEST(established, tells_what_the_backend_offers) {
    established e;
    e.capabilities = R"({"tools":{},"logging":{}})";
    EXPECT_TRUE(e.offers("tools"));
    EXPECT_FALSE(e.offers("prompts"));
    e.capabilities = R"({"tools":null,"logging":null,"prompts":{}})";
    EXPECT_FALSE(e.offers("tools")) << "null counts as absent";
    EXPECT_FALSE(e.offers("logging"));
    EXPECT_TRUE(e.offers("prompts"));
    for (const auto* nothing : {"", "null"}) {
        e.capabilities = nothing;
        EXPECT_FALSE(e.offers("tools"));
    }
}

} // namespace
} // namespace transport
