// Event ids from hostile hands, and what the replay window remembers.
#include "transport/sse/event_log.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using transport::event_log;
using transport::event_position;

namespace {

constexpr auto max64 = std::numeric_limits<std::uint64_t>::max();

std::optional<std::vector<std::string>> replay(const event_log& log, std::uint64_t sequence) {
    const auto events = log.after(sequence);
    if (!events)
        return std::nullopt;
    std::vector<std::string> data;
    for (const auto& entry : *events) {
        EXPECT_EQ(entry.sequence, sequence + data.size() + 1);
        data.push_back(entry.data);
    }
    return data;
}

using list = std::vector<std::string>;

} // namespace

TEST(event_id, is_stream_and_sequence) {
    EXPECT_EQ(transport::event_id({0x2a, 7}), "2a-7");
    EXPECT_EQ(transport::event_id({0, 0}), "0-0");
    EXPECT_EQ(transport::event_id({max64, max64}), "ffffffffffffffff-18446744073709551615");
    std::string out = "id: ";
    transport::append_event_id(out, {1, 10});
    EXPECT_EQ(out, "id: 1-10");
}

TEST(event_id, reads_back) {
    for (const std::uint64_t stream : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xdeadbeef}, max64})
        for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{10}, max64}) {
            const event_position position{stream, sequence};
            EXPECT_EQ(transport::parse_event_id(transport::event_id(position)), position);
        }
}

TEST(event_id, refuses_everything_else) {
    for (const std::string_view bad : {""sv,
                                       "-"sv,
                                       "1"sv,
                                       "1-"sv,
                                       "-1"sv,
                                       "--1"sv,
                                       "1--1"sv,
                                       "1-1-1"sv,
                                       " 1-1"sv,
                                       "1-1 "sv,
                                       "1 -1"sv,
                                       "1- 1"sv,
                                       "01-1"sv,
                                       "1-01"sv,
                                       "1-+1"sv,
                                       "+1-1"sv,
                                       "A-1"sv,
                                       "0xa-1"sv,
                                       "g-1"sv,
                                       "1-a"sv,
                                       "1-1\n"sv,
                                       "1-1\0"sv,
                                       "1\0-1"sv,
                                       "1.1"sv,
                                       "10000000000000000-1"sv,
                                       "1-18446744073709551616"sv,
                                       "1-99999999999999999999999999"sv,
                                       "\xC2\xB9-1"sv})
        EXPECT_EQ(transport::parse_event_id(bad), std::nullopt) << bad;
    EXPECT_EQ(transport::parse_event_id(std::string(1 << 20, '1')), std::nullopt);
    EXPECT_EQ(transport::parse_event_id("1-" + std::string(1 << 20, '1')), std::nullopt);
}

TEST(event_log, numbers_events_from_one) {
    event_log log(0xab);
    EXPECT_EQ(log.position(), (event_position{0xab, 0}));
    EXPECT_EQ(log.append("a"), 1u);
    EXPECT_EQ(log.append("b"), 2u);
    EXPECT_EQ(log.position(), (event_position{0xab, 2}));
    EXPECT_EQ(log.stream(), 0xabu);
}

TEST(event_log, replays_what_came_after) {
    event_log log(1);
    EXPECT_EQ(replay(log, 0), list{});
    log.append("a");
    log.append("b");
    log.append("c");
    EXPECT_EQ(replay(log, 0), (list{"a", "b", "c"}));
    EXPECT_EQ(replay(log, 2), list{"c"});
    EXPECT_EQ(replay(log, 3), list{});
}

TEST(event_log, knows_no_sequence_that_was_never_given_out) {
    event_log log(1);
    EXPECT_EQ(replay(log, 1), std::nullopt);
    log.append("a");
    EXPECT_EQ(replay(log, 2), std::nullopt);
    EXPECT_EQ(replay(log, max64), std::nullopt);
}

TEST(event_log, forgets_the_oldest_beyond_the_count) {
    event_log log(1, {.max_events = 2, .max_bytes = 100});
    for (const char* data : {"a", "b", "c", "d"})
        log.append(data);
    EXPECT_EQ(log.size(), 2u);
    EXPECT_EQ(replay(log, 0), std::nullopt);
    EXPECT_EQ(replay(log, 1), std::nullopt);
    EXPECT_EQ(replay(log, 2), (list{"c", "d"}));
    EXPECT_EQ(replay(log, 4), list{});
}

TEST(event_log, forgets_the_oldest_beyond_the_bytes) {
    event_log log(1, {.max_events = 100, .max_bytes = 10});
    log.append("12345");
    log.append("12345");
    EXPECT_EQ(log.bytes(), 10u);
    EXPECT_EQ(log.size(), 2u);
    log.append("1");
    EXPECT_EQ(log.bytes(), 6u);
    EXPECT_EQ(replay(log, 0), std::nullopt);
    EXPECT_EQ(replay(log, 1), (list{"12345", "1"}));
}

TEST(event_log, an_event_that_does_not_fit_is_gone_not_skipped) {
    event_log log(1, {.max_events = 100, .max_bytes = 10});
    log.append("a");
    EXPECT_EQ(log.append("12345678901"), 2u);
    EXPECT_EQ(log.size(), 0u);
    EXPECT_EQ(log.bytes(), 0u);
    EXPECT_EQ(replay(log, 1), std::nullopt);
    EXPECT_EQ(replay(log, 2), list{});
    log.append("b");
    EXPECT_EQ(replay(log, 2), list{"b"});
}

TEST(event_log, remembers_nothing_with_a_limit_of_zero) {
    event_log log(1, {.max_events = 0, .max_bytes = 10});
    EXPECT_EQ(log.append("a"), 1u);
    EXPECT_EQ(replay(log, 0), std::nullopt);
    EXPECT_EQ(replay(log, 1), list{});
}
