// The event-stream grammar as a table of bytes, replayed in every fragmentation.
#include "transport/sse/sse_decoder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using namespace std::chrono_literals;
using transport::sse_decoder;
using transport::sse_step;

namespace {

struct seen_event {
    std::string data;
    std::string event{};
    std::string id{};

    friend bool operator==(const seen_event&, const seen_event&) = default;
    friend std::ostream& operator<<(std::ostream& os, const seen_event& e) {
        return os << "{data: " << testing::PrintToString(e.data) << ", event: " << e.event << ", id: " << e.id
                  << "}";
    }
};

struct seen_stream {
    std::vector<seen_event> events{};
    std::string last_id{};
    std::optional<std::chrono::milliseconds> retry{};
    bool failed = false;

    friend bool operator==(const seen_stream&, const seen_stream&) = default;
    friend std::ostream& operator<<(std::ostream& os, const seen_stream& s) {
        return os << testing::PrintToString(s.events) << " last_id: " << s.last_id
                  << " retry: " << (s.retry ? s.retry->count() : -1) << " failed: " << s.failed;
    }
};

constexpr std::size_t limit = 64;

// Every piece gets memory of its own, so that a sanitizer sees a view kept too long.
void feed(sse_decoder& decoder, std::string_view bytes, seen_stream& seen) {
    const std::vector<char> piece(bytes.begin(), bytes.end());
    decoder.feed({piece.data(), piece.size()});
    while (decoder.next() == sse_step::event) {
        const auto& e = decoder.event();
        seen.events.push_back({std::string(e.data), std::string(e.event), std::string(e.id)});
    }
}

// `cuts` are offsets in ascending order.
seen_stream decode(std::string_view raw, const std::vector<std::size_t>& cuts) {
    sse_decoder decoder(limit);
    seen_stream seen;
    std::size_t from = 0;
    for (const auto cut : cuts) {
        feed(decoder, raw.substr(from, cut - from), seen);
        from = cut;
    }
    feed(decoder, raw.substr(from), seen);
    seen.last_id = decoder.last_event_id();
    seen.retry = decoder.retry();
    seen.failed = decoder.failed();
    return seen;
}

// What comes at the end of a stream that was not cut.
std::optional<seen_event> last_of(std::string_view raw, std::size_t size, std::string& last_id) {
    sse_decoder decoder(limit);
    seen_stream before;
    for (std::size_t at = 0; at < raw.size(); at += size)
        feed(decoder, raw.substr(at, size), before);
    std::optional<seen_event> out;
    if (decoder.finish() == sse_step::event) {
        const auto& e = decoder.event();
        out = seen_event{std::string(e.data), std::string(e.event), std::string(e.id)};
    }
    EXPECT_EQ(decoder.finish(), decoder.failed() ? sse_step::too_large : sse_step::need_bytes) << "once";
    last_id = decoder.last_event_id();
    return out;
}

void expect_in_every_fragmentation(std::string_view raw, const seen_stream& wanted) {
    EXPECT_EQ(decode(raw, {}), wanted) << "in one piece";
    for (std::size_t size = 1; size <= 3; ++size) {
        std::vector<std::size_t> cuts;
        for (std::size_t at = size; at < raw.size(); at += size)
            cuts.push_back(at);
        EXPECT_EQ(decode(raw, cuts), wanted) << "in pieces of " << size;
    }
    for (std::size_t first = 0; first <= raw.size(); ++first)
        for (std::size_t second = first; second <= raw.size(); ++second)
            EXPECT_EQ(decode(raw, {first, second}), wanted) << "cut at " << first << " and " << second;
}

struct row {
    const char* name;
    std::string_view raw;
    seen_stream wanted;
};

const row rows[] = {
    {"nothing", "", {}},
    {"only line ends", "\n\r\n\r\r\n\n", {}},
    {"one event, LF", "data: {}\n\n", {{{"{}"}}}},
    {"one event, CR", "data: {}\r\r", {{{"{}"}}}},
    {"one event, CRLF", "data: {}\r\n\r\n", {{{"{}"}}}},
    {"mixed line ends", "data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\n", {{{"a\nb\nc"}, {"d"}}}},
    {"CR then empty line by LF", "data: a\r\n\n", {{{"a"}}}},
    {"LF then CR ends the event", "data: a\n\rdata: b\r\r", {{{"a"}, {"b"}}}},
    {"only the first space is cut", "data:  a \n\n", {{{" a "}}}},
    {"no space", "data:a\n\n", {{{"a"}}}},
    {"a tab is data", "data:\ta\n\n", {{{"\ta"}}}},
    {"colons in data", "data: a: b:c\n\n", {{{"a: b:c"}}}},
    {"several lines", "data: a\ndata: b\n\n", {{{"a\nb"}}}},
    {"empty line in the middle of data", "data: a\ndata:\ndata: b\n\n", {{{"a\n\nb"}}}},
    {"a last empty data line stays", "data: a\ndata\n\n", {{{"a\n"}}}},
    {"two empty data lines are a line end", "data\ndata\n\n", {{{"\n"}}}},
    {"one empty data line is no event", "data: \n\n", {}},
    {"name without colon is an empty value", "data\n\n", {}},
    {"event name", "event: message\ndata: a\n\n", {{{"a", "message"}}}},
    {"the last event name counts", "event: x\nevent: y\ndata: a\n\n", {{{"a", "y"}}}},
    {"the event name ends with its event", "event: x\ndata: a\n\ndata: b\n\n", {{{"a", "x"}, {"b"}}}},
    {"an event name without data is forgotten", "event: x\n\ndata: b\n\n", {{{"b"}}}},
    {"id", "id: 7\ndata: a\n\n", {{{"a", "", "7"}}, "7"}},
    {"id stays", "id: 7\ndata: a\n\ndata: b\n\n", {{{"a", "", "7"}, {"b", "", "7"}}, "7"}},
    {"empty id resets", "id: 7\ndata: a\n\nid\ndata: b\n\n", {{{"a", "", "7"}, {"b"}}, ""}},
    {"the last id of an event counts", "id: 1\nid: 2\ndata: a\n\n", {{{"a", "", "2"}}, "2"}},
    {"id with NUL is ignored", "id: 1\n\nid: 2\0\ndata: a\n\n"sv, {{{"a", "", "1"}}, "1"}},
    {"id of a cut event has no effect", "id: 1\n\nid: 2\ndata: a\n", {{}, "1"}},
    {"priming event", "id: s-0\nretry: 3000\ndata: \n\n", {{}, "s-0", 3000ms}},
    {"retry alone", "retry: 15\n", {{}, "", 15ms}},
    {"retry without space", "retry:0\n\n", {{}, "", 0ms}},
    {"retry with leading zeros", "retry: 0012\n", {{}, "", 12ms}},
    {"retry is a number or ignored",
     "retry: 5\nretry: 1x\nretry: -1\nretry: +1\nretry: 1 \nretry:\nretry\n",
     {{}, "", 5ms}},
    {"retry is bounded", "retry: 99999999999999999999999999999\n", {{}, "", 24h}},
    {"retry needs its line end", "retry: 5", {}},
    {"comment", ": keep-alive\n\ndata: a\n: in between\ndata: b\n\n:\n", {{{"a\nb"}}}},
    {"comment with a field in it", ":data: a\n\n", {}},
    {"unknown fields", "foo: bar\ndatum: 1\ndat: 2\ndata2: 3\nDATA: 4\n data: 5\nx\ndata: a\n\n", {{{"a"}}}},
    {"a long unknown name", "dataxxxxxxxxxxxxxxxxxxxxx: 1\nretryx\ndata: a\n\n", {{{"a"}}}},
    {"a value that looks like an end", "foo:\n\ndata: a\n\n", {{{"a"}}}},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     {{{"a"}}}},
    {"only one byte order mark",
     "\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: a\ndata: b\n\n",
     {{{"b"}}}},
    {"half a byte order mark",
     "\xEF\xBB"
     "data: a\ndata: b\n\n",
     {{{"b"}}}},
    {"half a byte order mark is not an empty line", "\xEF\ndata: b\n\n", {{{"b"}}}},
    {"byte order mark later",
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     {{{"a"}}}},
    {"bytes pass untouched",
     "data: \xFF\x00\x01\xC3\xA4\n\n"sv,
     {{{std::string("\xFF\x00\x01\xC3\xA4", 5)}}}},
    {"cut event is dropped", "data: a\n\ndata: b\n", {{{"a"}}}},
    {"data at the limit",
     "data: 0123456789012345678901234567890123456789012345678901234567890123\n\n",
     {{{"0123456789012345678901234567890123456789012345678901234567890123"}}}},
    {"data above the limit",
     "data: a\n\ndata: 01234567890123456789012345678901234567890123456789012345678901234",
     {{{"a"}}, "", std::nullopt, true}},
    {"many lines above the limit",
     "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\nd"
     "ata\ndata\n"
     "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\nd"
     "ata\ndata\n"
     "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\nd"
     "ata\ndata\n"
     "data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n",
     {{}, "", std::nullopt, true}},
    {"nothing follows a failure",
     "data: 01234567890123456789012345678901234567890123456789012345678901234\n\ndata: a\n\n",
     {{}, "", std::nullopt, true}},
};

TEST(sse_decoder, gives_the_last_event_of_a_stream_that_was_not_cut) {
    struct row {
        std::string_view raw;
        std::optional<seen_event> last;
        std::string last_id{};
    };
    for (const auto& [raw, last, last_id] :
         {row{"data: a", seen_event{"a"}}, row{"data: a\n", seen_event{"a"}},
          row{"data: a\r", seen_event{"a"}}, row{"data: a\r\n", seen_event{"a"}},
          row{"data:a\ndata:b", seen_event{"a\nb"}}, row{"data: a\n: comment", seen_event{"a"}},
          row{"id: 1\ndata: a\n\nevent: x\nid: 2\ndata: b", seen_event{"b", "x", "2"}, "2"},
          row{"\xEF\xBB\xBF"
              "data: a",
              seen_event{"a"}},
          row{"data: a\n\n", std::nullopt}, row{"", std::nullopt}, row{"data", std::nullopt},
          row{"data:", std::nullopt}, row{"dat", std::nullopt}, row{"event: x\nid: 2", std::nullopt},
          row{"\xEF\xBB", std::nullopt}, row{"id: 1\ndata: a\n\nid: 2\n", std::nullopt, "1"},
          row{": only a comment", std::nullopt},
          row{"data: "
              "0123456789012345678901234567890123456789012345678901234567890123456789",
              std::nullopt}})
        for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
            std::string id;
            EXPECT_EQ(last_of(raw, size, id), last) << raw;
            EXPECT_EQ(id, last_id) << raw;
        }
}

} // namespace

TEST(sse_decoder, reads_every_row_in_every_fragmentation) {
    for (const auto& [name, raw, wanted] : rows) {
        SCOPED_TRACE(name);
        expect_in_every_fragmentation(raw, wanted);
    }
}

TEST(sse_decoder, tells_message_events_from_others) {
    EXPECT_TRUE(transport::sse_event{}.is_message());
    EXPECT_TRUE((transport::sse_event{"a", "message", ""}.is_message()));
    EXPECT_FALSE((transport::sse_event{"a", "endpoint", ""}.is_message()));
    EXPECT_FALSE((transport::sse_event{"a", "Message", ""}.is_message()));
}

TEST(sse_decoder, reports_an_event_at_the_first_byte_that_ends_it) {
    sse_decoder decoder(limit);
    seen_stream seen;
    feed(decoder, "data: a\r\n", seen);
    EXPECT_TRUE(seen.events.empty());
    feed(decoder, "\r", seen);
    EXPECT_EQ(seen.events.size(), 1u);
    feed(decoder, "\n", seen);
    EXPECT_EQ(seen.events.size(), 1u);
}

TEST(sse_decoder, gives_the_data_away_without_a_copy) {
    const std::string payload(1000, 'x');
    const std::string raw = "data: " + payload + "\n\ndata: b\n\n";
    sse_decoder decoder(2000);
    decoder.feed(raw);
    ASSERT_EQ(decoder.next(), sse_step::event);
    const char* const where = decoder.event().data.data();
    const std::string taken = decoder.take_data();
    EXPECT_EQ(taken, payload);
    EXPECT_EQ(taken.data(), where);
    EXPECT_TRUE(decoder.event().data.empty());
    ASSERT_EQ(decoder.next(), sse_step::event);
    EXPECT_EQ(decoder.event().data, "b");
    EXPECT_EQ(decoder.next(), sse_step::need_bytes);
}

TEST(sse_decoder, bounds_id_and_event_name) {
    for (const std::string field : {"id: ", "event: "}) {
        sse_decoder fits(limit);
        const std::string longest = field + std::string(sse_decoder::max_name_size, 'x') + "\ndata: a\n\n";
        fits.feed(longest);
        EXPECT_EQ(fits.next(), sse_step::event) << field;

        sse_decoder decoder(limit);
        const std::string too_long = field + std::string(sse_decoder::max_name_size + 1, 'x');
        decoder.feed(too_long);
        EXPECT_EQ(decoder.next(), sse_step::too_large) << field;
        EXPECT_TRUE(decoder.failed());
    }
}

TEST(sse_decoder, keeps_nothing_of_comments_and_unknown_fields) {
    sse_decoder decoder(limit);
    const std::string noise(100'000, 'x');
    for (const std::string_view line : {":"sv, "unknown: "sv, "unknown"sv}) {
        seen_stream seen;
        feed(decoder, line, seen);
        feed(decoder, noise, seen);
        feed(decoder, "\ndata: a\n\n", seen);
        EXPECT_EQ(seen.events, std::vector<seen_event>{{"a"}});
    }
}

TEST(sse_decoder, goes_on_with_the_same_stream_after_a_restart) {
    sse_decoder decoder(limit);
    seen_stream seen;
    feed(decoder, "retry: 9\nid: 4\ndata: a\n\nid: 5\nevent: x\ndata: half", seen);
    decoder.restart();
    EXPECT_EQ(decoder.last_event_id(), "4");
    EXPECT_EQ(decoder.retry(), 9ms);
    feed(decoder,
         "\xEF\xBB\xBF"
         "data: b\n\n",
         seen);
    const std::vector<seen_event> wanted{{"a", "", "4"}, {"b", "", "4"}};
    EXPECT_EQ(seen.events, wanted);
}

TEST(sse_decoder, can_be_restarted_after_a_failure) {
    sse_decoder decoder(1);
    seen_stream seen;
    feed(decoder, "data: aa\n\n", seen);
    EXPECT_TRUE(decoder.failed());
    decoder.restart();
    EXPECT_FALSE(decoder.failed());
    feed(decoder, "data: b\n\n", seen);
    EXPECT_EQ(seen.events, std::vector<seen_event>{{"b"}});
}

// A decoder that looked at a line again with every byte would need minutes here instead of a fraction of a
// second.
TEST(sse_decoder, is_linear_in_single_bytes_and_in_line_ends) {
    const std::string big = "data: " + std::string(4'000'000, 'x') + "\n\n";
    sse_decoder decoder(4'000'000);
    std::size_t events = 0;
    for (const char& c : big) {
        decoder.feed({&c, 1});
        events += decoder.next() == sse_step::event;
    }
    EXPECT_EQ(events, 1u);

    for (const char end : {'\r', '\n'}) {
        const std::string ends(4'000'000, end);
        decoder.feed(ends);
        EXPECT_EQ(decoder.next(), sse_step::need_bytes);
    }
}
