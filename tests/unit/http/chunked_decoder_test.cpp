// Chunked bodies as a table of bytes, replayed in every fragmentation.
#include "transport/http/chunked_decoder.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using transport::chunk_step;
using transport::chunked_decoder;

namespace {

struct outcome {
    chunk_step step = chunk_step::need_bytes;
    std::string body{};
    std::string rest{}; // what is left for the next message
    bool trailers = false;

    friend bool operator==(const outcome&, const outcome&) = default;
    friend std::ostream& operator<<(std::ostream& os, const outcome& o) {
        return os << "{step: " << static_cast<int>(o.step) << ", body: " << testing::PrintToString(o.body)
                  << ", rest: " << testing::PrintToString(o.rest) << ", trailers: " << o.trailers << "}";
    }
};

outcome decode(std::string_view raw, std::size_t first_size, std::size_t size) {
    chunked_decoder decoder;
    outcome result;
    std::size_t from = 0;
    std::size_t take = first_size;
    do {
        std::string_view input = raw.substr(from, take);
        from += input.size();
        std::string_view piece;
        while ((result.step = decoder.next(input, piece)) == chunk_step::data) {
            EXPECT_FALSE(piece.empty());
            result.body += piece;
        }
        result.rest += input;
        take = size;
    } while (from < raw.size() && result.step == chunk_step::need_bytes);
    result.rest += raw.substr(from);
    result.trailers = decoder.had_trailers();
    if (result.step == chunk_step::malformed)
        result.rest.clear();
    return result;
}

void expect_in_every_fragmentation(std::string_view raw, const outcome& wanted) {
    SCOPED_TRACE(testing::PrintToString(raw));
    EXPECT_EQ(decode(raw, raw.size(), 1), wanted) << "in one piece";
    EXPECT_EQ(decode(raw, 1, 1), wanted) << "byte by byte";
    for (std::size_t cut = 0; cut < raw.size(); ++cut)
        EXPECT_EQ(decode(raw, cut, raw.size()), wanted) << "cut at " << cut;
}

} // namespace

TEST(chunked_decoder, reads_bodies) {
    const auto body = [](std::string_view raw, std::string_view wanted) {
        expect_in_every_fragmentation(raw, {chunk_step::end, std::string(wanted), "", false});
    };
    body("0\r\n\r\n", "");
    body("00000000000\r\n\r\n", "");
    body("3\r\nabc\r\n0\r\n\r\n", "abc");
    body("0003\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde");
    body("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789");
    body("10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef");
    body("2\r\n\r\n\r\n0\r\n\r\n", "\r\n");
    body("1;a=b\r\nx\r\n0;c=\"d e\"\r\n\r\n", "x");
    body("1 \t;a\r\nx\r\n0 ;\r\n\r\n", "x");
}

TEST(chunked_decoder, leaves_the_next_message_alone) {
    expect_in_every_fragmentation("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
                                  {chunk_step::end, "x", "GET / HTTP/1.1\r\n", false});
}

TEST(chunked_decoder, skips_trailers_and_says_so) {
    expect_in_every_fragmentation("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\nrest",
                                  {chunk_step::end, "x", "rest", true});
}

TEST(chunked_decoder, waits_for_what_is_missing) {
    for (const auto raw : {"1\r\nx\r\n0\r\n\r"sv, "1\r\nx\r\n0\r\n"sv, "1\r\nx\r\n0"sv, "1\r\nx\r\n"sv,
                           "1\r\nx\r"sv, "1\r\nx"sv})
        expect_in_every_fragmentation(raw, {chunk_step::need_bytes, "x", "", false});
}

TEST(chunked_decoder, refuses_everything_else) {
    for (const auto raw : {"\r\n"sv,
                           "x"sv,
                           " 1\r\nx"sv,
                           "+1\r\nx"sv,
                           "-1\r\nx"sv,
                           "0x1\r\nx"sv,
                           ";a\r\n"sv,
                           "1\nx"sv,
                           "1\rx"sv,
                           "1\r\r\n"sv,
                           "1 \r\nx"sv,
                           "1 1\r\nx"sv,
                           "1,1\r\nx"sv,
                           "10000000000000000\r\n"sv,
                           "00000000000000001\r\n"sv,
                           "1;a\0b\r\n"sv,
                           "1;a\nb\r\n"sv,
                           "1;a\rb\r\n"sv,
                           "0\r\n\n"sv,
                           "0\r\n\rx"sv,
                           "0\r\n A: b\r\n\r\n"sv,
                           "0\r\nA: b\n\r\n"sv,
                           "0\r\nA: \0\r\n\r\n"sv,
                           "0\r\nA: b\r\n c\r\n\r\n"sv})
        EXPECT_EQ(decode(raw, 1, 1).step, chunk_step::malformed) << testing::PrintToString(raw);
    for (const auto raw :
         {"1\r\nxy\r\n0\r\n\r\n"sv, "1\r\nx0\r\n\r\n"sv, "1\r\nx\n0\r\n\r\n"sv, "1\r\nx\r0\r\n\r\n"sv})
        EXPECT_EQ(decode(raw, 1, 1), (outcome{chunk_step::malformed, "x", "", false}))
            << testing::PrintToString(raw);
}

TEST(chunked_decoder, hands_large_chunks_on_as_they_come) {
    chunked_decoder decoder;
    std::string_view input = "ffffffffffffffff\r\nabc";
    std::string_view piece;
    EXPECT_EQ(decoder.next(input, piece), chunk_step::data);
    EXPECT_EQ(piece, "abc");
    EXPECT_EQ(decoder.next(input, piece), chunk_step::need_bytes);
}

TEST(chunked_decoder, bounds_what_is_not_data) {
    const std::string many(chunked_decoder::max_overhead, 'x');
    EXPECT_EQ(decode("1;" + many, 1000, 1000).step, chunk_step::malformed);
    EXPECT_EQ(decode("0\r\n" + many, 1000, 1000).step, chunk_step::malformed);

    // The bound is for what stands between two pieces of data, not for the whole body.
    std::string body;
    for (std::size_t i = 0; i < chunked_decoder::max_overhead; ++i)
        body += "1\r\nx\r\n";
    EXPECT_EQ(decode(body + "0\r\n\r\n", 1000, 1000).step, chunk_step::end);
}

TEST(chunked_decoder, stays_where_it_ended) {
    for (const auto raw : {"0\r\n\r\n"sv, "x"sv}) {
        chunked_decoder decoder;
        std::string_view input = raw;
        std::string_view piece;
        const auto step = decoder.next(input, piece);
        input = "1\r\nx\r\n";
        EXPECT_EQ(decoder.next(input, piece), step);
        EXPECT_EQ(input, "1\r\nx\r\n");
    }
}
