// One event stream to a client: delivery, replay, displacement, and how much is kept for whom.
#include "transport/mcp/front/client_stream.hpp"
#include "transport/mcp/front/session_streams.hpp"

#include "tests/fakes/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::io_context;
using fakes::settle;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> data(const client_stream::batch& batch) {
    std::vector<std::string> out;
    for (const auto& event : batch.events)
        out.push_back(event.id + "=" + event.data);
    return out;
}

std::vector<std::string> take(client_stream& from, std::uint64_t reader) {
    return data(from.take(reader));
}

TEST(client_stream, delivers_in_order_with_ids_that_name_the_stream) {
    client_stream s(31, {});
    const auto reader = *s.attach(std::nullopt);
    s.send("a");
    s.send("b");
    EXPECT_THAT(take(s, reader), ElementsAre("1f-1=a", "1f-2=b"));
    EXPECT_THAT(take(s, reader), IsEmpty());
    s.send("c");
    EXPECT_THAT(take(s, reader), ElementsAre("1f-3=c"));
}

TEST(client_stream, messages_wait_while_nobody_reads) {
    client_stream s(0, {});
    s.send("a");
    EXPECT_FALSE(s.listening());
    const auto reader = *s.attach(std::nullopt);
    EXPECT_TRUE(s.listening());
    EXPECT_THAT(take(s, reader), ElementsAre("0-1=a"));
    s.detach(reader);
    EXPECT_FALSE(s.listening());
    s.send("b");
    EXPECT_THAT(take(s, *s.attach(std::nullopt)), ElementsAre("0-2=b"));
}

TEST(client_stream, a_return_with_a_position_repeats_what_lies_behind_it_and_no_more) {
    for (std::uint64_t after = 0; after <= 4; ++after) {
        client_stream s(0, {});
        const auto first = *s.attach(std::nullopt);
        for (const auto* text : {"1", "2", "3", "4"})
            s.send(text);
        (void)s.take(first);
        s.detach(first);
        s.send("5");
        const auto again = s.attach(after);
        ASSERT_TRUE(again);
        EXPECT_EQ(s.position(), event_id({0, after})) << "a break right here must lose nothing";
        std::vector<std::string> expected;
        for (std::uint64_t n = after + 1; n <= 5; ++n)
            expected.push_back("0-" + std::to_string(n) + "=" + std::to_string(n));
        EXPECT_EQ(take(s, *again), expected);
        EXPECT_THAT(take(s, *again), IsEmpty());
    }
}

TEST(client_stream, positions_that_never_were_or_are_forgotten_are_refused) {
    client_stream s(0, {.max_events = 2, .max_bytes = 1'000});
    const auto reader = *s.attach(std::nullopt);
    for (const auto* text : {"1", "2", "3", "4"})
        s.send(text);
    (void)s.take(reader);
    EXPECT_FALSE(s.attach(5));
    EXPECT_FALSE(s.attach(1)) << "2 is forgotten";
    EXPECT_FALSE(s.attach(~std::uint64_t{0}));
    EXPECT_TRUE(s.take(reader).mine) << "whoever reads is not displaced by a refused one";
    EXPECT_TRUE(s.attach(2));
}

TEST(client_stream, what_is_kept_is_delivered_whatever_the_position) {
    client_stream s(0, {.max_events = 2, .max_bytes = 1'000});
    const auto reader = *s.attach(std::nullopt);
    for (const auto* text : {"1", "2", "3", "4"})
        s.send(text);
    (void)s.take(reader);
    for (const std::uint64_t after : {0U, 1U, 2U}) {
        EXPECT_THAT(take(s, s.attach_to_rest(after)), ElementsAre("0-3=3", "0-4=4"));
        EXPECT_EQ(s.position(), "0-2");
    }
    EXPECT_THAT(take(s, s.attach_to_rest(3)), ElementsAre("0-4=4"));
    for (const std::uint64_t after : {std::uint64_t{4}, std::uint64_t{5}, ~std::uint64_t{0}}) {
        const auto next = s.attach_to_rest(after);
        EXPECT_THAT(take(s, next), ElementsAre());
        EXPECT_EQ(s.position(), "0-4");
    }
    const auto last = s.attach_to_rest(99);
    s.send("5");
    EXPECT_THAT(take(s, last), ElementsAre("0-5=5"));
}

TEST(client_stream, the_newest_reader_displaces_the_others) {
    client_stream s(0, {});
    const auto first = *s.attach(std::nullopt);
    const auto second = *s.attach(std::nullopt);
    s.send("a");
    EXPECT_FALSE(s.take(first).mine);
    s.detach(first); // of no effect
    EXPECT_TRUE(s.listening());
    EXPECT_THAT(take(s, second), ElementsAre("0-1=a"));
}

TEST(client_stream, ends_for_its_reader_after_what_is_there) {
    client_stream s(0, {});
    const auto reader = *s.attach(std::nullopt);
    s.send("a");
    s.finish();
    s.send("after the end");
    const auto last = s.take(reader);
    EXPECT_THAT(data(last), ElementsAre("0-1=a"));
    EXPECT_TRUE(last.over);
    const auto again = s.take(*s.attach(0));
    EXPECT_THAT(data(again), ElementsAre("0-1=a"));
    EXPECT_TRUE(again.over);
}

TEST(client_stream, is_released_once) {
    client_stream s(0, {});
    s.release(); // nobody to release
    const auto reader = *s.attach(std::nullopt);
    EXPECT_FALSE(s.take(reader).over);
    s.send("a");
    s.release();
    const auto last = s.take(reader);
    EXPECT_THAT(data(last), ElementsAre("0-1=a"));
    EXPECT_TRUE(last.over);
    s.detach(reader);
    s.send("b");
    const auto next = s.take(*s.attach(1));
    EXPECT_THAT(data(next), ElementsAre("0-2=b"));
    EXPECT_FALSE(next.over);
}

TEST(client_stream, without_a_reader_only_as_much_is_kept_as_could_be_replayed) {
    client_stream by_count(0, {.max_events = 3, .max_bytes = 1'000});
    for (int i = 1; i <= 10; ++i)
        by_count.send(std::to_string(i));
    EXPECT_THAT(take(by_count, *by_count.attach(std::nullopt)), ElementsAre("0-8=8", "0-9=9", "0-10=10"))
        << "the numbers tell that some are missing";

    client_stream by_size(0, {.max_events = 100, .max_bytes = 10});
    by_size.send("12345678");
    by_size.send("abcd");
    EXPECT_THAT(take(by_size, *by_size.attach(std::nullopt)), ElementsAre("0-2=abcd"));
    client_stream huge(0, {.max_events = 100, .max_bytes = 10});
    huge.send(std::string(50, 'x'));
    EXPECT_EQ(take(huge, *huge.attach(std::nullopt)).size(), 1U) << "the last one always waits";
}

TEST(client_stream, what_a_reader_left_unread_when_it_went_is_bounded_too) {
    client_stream s(0, {.max_events = 3, .max_bytes = 1'000});
    const auto reader = *s.attach(std::nullopt);
    for (int i = 1; i <= 10; ++i)
        s.send(std::to_string(i));
    s.detach(reader);
    EXPECT_EQ(take(s, *s.attach(std::nullopt)).size(), 3U);
}

class room : public testing::Test {
protected:
    using waiting = fakes::started<bool>;
    vmcp::awaitable<bool> wait() {
        co_await s_.room(io_.get_executor());
        co_return true;
    }
    io_context io_{};
    client_stream s_{0, {}};
};

TEST_F(room, is_there_without_a_reader_and_for_one_who_keeps_up) {
    for (int i = 0; i < 1'000; ++i)
        s_.send("x");
    waiting nobody_reads(io_, wait());
    settle(io_);
    EXPECT_TRUE(nobody_reads.done());
    const auto reader = *s_.attach(std::nullopt);
    (void)s_.take(reader);
    s_.send("x");
    waiting one_unread(io_, wait());
    settle(io_);
    EXPECT_TRUE(one_unread.done());
}

TEST_F(room, comes_when_the_reader_has_caught_up) {
    const auto reader = *s_.attach(std::nullopt);
    for (int i = 0; i < 100; ++i)
        s_.send("x");
    waiting w(io_, wait());
    settle(io_);
    EXPECT_FALSE(w.done());
    (void)s_.take(reader);
    settle(io_);
    EXPECT_TRUE(w.done());
}

TEST_F(room, few_large_messages_are_too_many_too) {
    const auto reader = *s_.attach(std::nullopt);
    s_.send(std::string(std::size_t{1} << 20, 'x'));
    waiting w(io_, wait());
    settle(io_);
    EXPECT_FALSE(w.done());
    s_.detach(reader);
    settle(io_);
    EXPECT_TRUE(w.done()) << "the reader went away";
}

TEST_F(room, is_not_waited_for_at_the_end_of_the_stream) {
    (void)s_.attach(std::nullopt);
    for (int i = 0; i < 100; ++i)
        s_.send("x");
    waiting w(io_, wait());
    settle(io_);
    s_.finish();
    settle(io_);
    EXPECT_TRUE(w.done());
}

TEST(session_streams, have_numbers_and_are_found_by_them) {
    session_streams all({});
    EXPECT_EQ(all.find(0)->number(), 0U);
    EXPECT_EQ(all.open_general(), all.find(0));
    const auto a = all.open();
    const auto b = all.open();
    EXPECT_NE(a->number(), b->number());
    EXPECT_EQ(all.find(a->number()), a);
    EXPECT_EQ(all.find(b->number()), b);
    EXPECT_EQ(all.find(99), nullptr);
    EXPECT_EQ(all.find(~std::uint64_t{0}), nullptr);
}

TEST(session_streams, finished_ones_are_kept_in_bounded_number_whatever_runs) {
    session_streams all({});
    const auto long_call = all.open();
    std::vector<std::weak_ptr<client_stream>> finished;
    for (int i = 0; i < 1'000; ++i) {
        const auto one = all.open();
        one->send("response"); // nobody ever fetches it
        one->finish();
        finished.push_back(one);
    }
    EXPECT_LE(std::ranges::count_if(finished, [](const auto& f) { return !f.expired(); }), 64);
    EXPECT_FALSE(finished.back().expired()) << "the youngest are kept";
    EXPECT_EQ(all.find(long_call->number()), long_call);
}

TEST(session_streams, running_ones_are_never_given_up) {
    session_streams all({});
    std::vector<std::shared_ptr<client_stream>> open;
    for (int i = 0; i < 200; ++i)
        open.push_back(all.open());
    for (const auto& one : open)
        EXPECT_EQ(all.find(one->number()), one);
}

// A client may listen on several streams; a message goes on one of them.
TEST(session_streams, several_outside_of_calls_live_side_by_side) {
    session_streams all({});
    const auto first = all.open_general();
    const auto first_reader = *first->attach(std::nullopt);
    const auto second = all.open_general();
    ASSERT_NE(first, second);
    EXPECT_TRUE(all.is_general(*first) && all.is_general(*second));
    EXPECT_FALSE(all.is_general(*all.open()));
    const auto second_reader = *second->attach(std::nullopt);
    all.send("a");
    EXPECT_TRUE(first->take(first_reader).mine) << "nobody was displaced";
    ASSERT_EQ(second->take(second_reader).events.size(), 1U) << "the last one that was opened";
    all.send("b");
    second->detach(second_reader);
    all.left(second);
    const auto moved = first->take(first_reader);
    ASSERT_EQ(moved.events.size(), 1U);
    EXPECT_EQ(moved.events[0].data, "b") << "what was not written goes to another one";
    all.send("c");
    EXPECT_EQ(first->take(first_reader).events.size(), 1U);
    // It comes back for its own stream.
    const auto again = second->attach_to_rest(0);
    const auto replayed = all.find(second->number())->take(again);
    ASSERT_EQ(replayed.events.size(), 1U);
    EXPECT_EQ(replayed.events[0].data, "a");
}

TEST(session_streams, what_nobody_listens_to_waits_for_whoever_listens_next) {
    session_streams all({});
    const auto listen = [&](const std::shared_ptr<client_stream>& stream) {
        const auto reader = *stream->attach(std::nullopt);
        all.attached(stream);
        return reader;
    };
    const auto leave = [&](const std::shared_ptr<client_stream>& stream, std::uint64_t reader) {
        stream->detach(reader);
        all.left(stream);
    };
    const auto first = all.open_general();
    const auto first_reader = listen(first);
    const auto second = all.open_general();
    const auto second_reader = listen(second);
    leave(first, first_reader);
    leave(second, second_reader);
    all.send("a");
    // By its own id, without one, and by the id of another stream.
    auto reader = second->attach_to_rest(0);
    all.attached(second);
    EXPECT_THAT(take(*second, reader), ElementsAre("1-1=a"));
    leave(second, reader);
    all.send("b");
    ASSERT_EQ(all.open_general(), second);
    reader = listen(second);
    EXPECT_THAT(take(*second, reader), ElementsAre("1-2=b"));
    leave(second, reader);
    all.send("c");
    reader = first->attach_to_rest(0);
    all.attached(first);
    EXPECT_THAT(take(*first, reader), ElementsAre("0-1=c"));
}

// A connection that ends unseen still counts as listening: the one that came after it is the one that lives.
TEST(session_streams, a_message_goes_where_a_connection_came_last_whichever_stream_that_is) {
    session_streams all({});
    const auto listen = [&](const std::shared_ptr<client_stream>& stream) {
        const auto reader = *stream->attach(std::nullopt);
        all.attached(stream);
        return reader;
    };
    const auto first = all.open_general();
    const auto first_reader = listen(first);
    const auto second = all.open_general();
    const auto second_reader = listen(second);
    ASSERT_NE(first, second);
    first->detach(first_reader);
    all.left(first);
    ASSERT_EQ(all.open_general(), first) << "it is used again while the second is open";
    const auto again = listen(first);
    all.send("a");
    EXPECT_THAT(take(*second, second_reader), IsEmpty());
    EXPECT_THAT(take(*first, again), ElementsAre("0-1=a"));
}

TEST(session_streams, outside_of_calls_are_bounded_and_the_first_of_the_others_ends) {
    session_streams all({});
    (void)all.open_general()->attach(std::nullopt);
    std::vector<std::shared_ptr<client_stream>> others;
    for (int i = 0; i < 9; ++i) {
        others.push_back(all.open_general());
        (void)others.back()->attach(std::nullopt);
    }
    EXPECT_TRUE(others[0]->done_since());
    EXPECT_FALSE(others[1]->done_since());
    EXPECT_EQ(all.find(others[0]->number()), nullptr);
}

TEST(client_stream, a_reader_that_does_not_read_costs_no_more_than_some) {
    client_stream s(0, {.max_events = 10, .max_bytes = 10'000});
    const auto reader = *s.attach(std::nullopt);
    for (int i = 0; i < 10'000; ++i)
        s.send(std::to_string(i));
    const auto got = s.take(reader);
    ASSERT_EQ(got.events.size(), 1'024U);
    EXPECT_EQ(got.events.back().data, "9999");
    EXPECT_EQ(got.events.back().id, "0-10000") << "what it missed is counted";
    for (int i = 0; i < 10; ++i)
        s.send(std::string(400'000, 'x'));
    EXPECT_EQ(s.take(reader).events.size(), 2U);
}

TEST(client_stream, what_a_call_says_is_not_forgotten) {
    client_stream s(1, {}, nullptr, client_stream::purpose::call);
    const auto reader = *s.attach(std::nullopt);
    for (int i = 0; i < 3'000; ++i)
        s.send(std::string(1'000, 'x'));
    EXPECT_EQ(s.take(reader).events.size(), 3'000U);
}

constexpr std::size_t mib = std::size_t{1} << 20;

TEST(client_stream, is_counted_while_it_waits_and_while_it_is_kept) {
    using vmcp::memory_class;
    vmcp::memory_ledger ledger(64 * mib);
    {
        client_stream s(0, {}, &ledger);
        const auto reader = *s.attach(std::nullopt);
        s.send(std::string(1'000, 'x'));
        EXPECT_GE(ledger.used(memory_class::notifications), 1'000U);
        {
            const auto batch = s.take(reader);
            EXPECT_GE(ledger.used(memory_class::notifications), 1'000U) << "until it is written";
            EXPECT_GE(ledger.used(memory_class::replay), 1'000U);
        }
        EXPECT_EQ(ledger.used(memory_class::notifications), 0U);
        s.forget();
        EXPECT_EQ(ledger.used(), 0U);
        EXPECT_FALSE(s.attach(0)) << "it cannot be had again";
        s.detach(reader);
        s.send("2");
        EXPECT_GT(ledger.used(memory_class::notifications), 0U);
    }
    EXPECT_EQ(ledger.used(), 0U);
}

TEST(client_stream, without_room_the_oldest_go) {
    using vmcp::memory_class;
    vmcp::memory_ledger ledger(mib); // a quarter for those that wait, and a quarter for those that are kept
    client_stream s(0, {.max_events = 1'000, .max_bytes = 64 * mib}, &ledger);
    const auto reader = *s.attach(std::nullopt);
    for (int i = 0; i < 100; ++i)
        s.send(std::string(10'000, 'x'));
    EXPECT_LE(ledger.used(memory_class::notifications), mib / 4);
    EXPECT_GT(ledger.dropped(memory_class::notifications), 0U);
    const auto got = s.take(reader);
    EXPECT_EQ(got.events.back().id, "0-100");
    EXPECT_LE(ledger.used(memory_class::replay), mib / 4);
    EXPECT_GT(ledger.used(memory_class::replay), 100'000U) << "the newest are kept";
    EXPECT_GT(ledger.dropped(memory_class::replay), 0U);
}

TEST(stream_shelf, lets_go_after_a_while) {
    vmcp::memory_ledger ledger(64 * mib);
    stream_shelf shelf(&ledger);
    const auto all = std::make_shared<session_streams>(event_log::limits{}, &shelf);
    const auto now = vmcp::steady_clock::now();
    const auto call = all->open();
    const auto number = call->number();
    const auto reader = *call->attach(std::nullopt);
    call->send(std::string(100'000, 'x'));
    (void)call->take(reader);
    call->detach(reader);
    all->finished(call);
    EXPECT_TRUE(call->done_since());
    EXPECT_EQ(shelf.size(), 1U);
    shelf.sweep(now + stream_shelf::kept);
    EXPECT_NE(all->find(number), nullptr);
    EXPECT_GT(ledger.used(), 100'000U);
    shelf.sweep(now + stream_shelf::kept + std::chrono::seconds(30));
    EXPECT_EQ(all->find(number), nullptr);
    EXPECT_EQ(shelf.size(), 0U);
    EXPECT_EQ(ledger.used(), 0U);
}

TEST(stream_shelf, the_stream_that_ended_first_makes_room) {
    vmcp::memory_ledger ledger(8 * mib);
    stream_shelf shelf(&ledger);
    ledger.set_giver(&shelf);
    const auto all = std::make_shared<session_streams>(event_log::limits{}, &shelf);
    std::vector<std::uint64_t> numbers;
    for (int i = 0; i < 8; ++i) {
        const auto call = all->open();
        numbers.push_back(call->number());
        const auto reader = *call->attach(std::nullopt);
        call->send(std::string(500'000, 'x'));
        (void)call->take(reader);
        call->detach(reader);
        all->finished(call);
    }
    EXPECT_EQ(all->find(numbers.front()), nullptr);
    ASSERT_NE(all->find(numbers.back()), nullptr);
    EXPECT_TRUE(all->find(numbers.back())->attach(0)) << "of the newest everything is kept";
    EXPECT_LE(ledger.used(vmcp::memory_class::replay), 2 * mib);
    EXPECT_GT(ledger.dropped(vmcp::memory_class::replay), 0U);
}

TEST(stream_shelf, what_is_being_delivered_stays) {
    vmcp::memory_ledger ledger(64 * mib);
    stream_shelf shelf(&ledger);
    const auto all = std::make_shared<session_streams>(event_log::limits{}, &shelf);
    const auto call = all->open();
    const auto reader = *call->attach(std::nullopt);
    call->send("the response");
    all->finished(call);
    EXPECT_TRUE(shelf.give_way());
    EXPECT_EQ(call->take(reader).events.size(), 1U);
    EXPECT_FALSE(shelf.give_way());
}

TEST(session_streams, closing_finishes_all) {
    session_streams all({});
    const auto call = all.open();
    const auto reader = *call->attach(std::nullopt);
    const auto general = *all.find(0)->attach(std::nullopt);
    EXPECT_TRUE(all.listening());
    all.close();
    EXPECT_TRUE(call->take(reader).over);
    EXPECT_TRUE(all.find(0)->take(general).over);
}

TEST(session_streams, belong_to_their_session) {
    const auto session = std::make_shared<vmcp::live_session>(vmcp::session_record{.id = "x"});
    EXPECT_EQ(session->stream(), nullptr);
    const auto made = streams_of(*session, {});
    EXPECT_EQ(streams_of(*session, {}), made);
    EXPECT_EQ(session->stream(), made);
    session->close();
    const auto after = streams_of(*session, {});
    EXPECT_NE(after, nullptr) << "whoever comes too late has something to write to";
    EXPECT_EQ(session->stream(), nullptr);
}

} // namespace
} // namespace transport
