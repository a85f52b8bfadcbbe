// The exact bytes of events and chunks, and that the decoder reads them back.
#include "transport/sse/sse_encoder.hpp"

#include "transport/sse/sse_decoder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using namespace std::chrono_literals;

namespace {

std::string event(std::string_view id, std::string_view name, std::string_view data) {
    std::string out;
    transport::append_event(out, id, name, data);
    return out;
}

std::vector<std::string> data_of(std::string_view stream) {
    transport::sse_decoder decoder(1 << 20);
    decoder.feed(stream);
    std::vector<std::string> data;
    while (decoder.next() == transport::sse_step::event)
        data.emplace_back(decoder.event().data);
    return data;
}

} // namespace

TEST(sse_encoder, writes_the_fields_that_are_there) {
    EXPECT_EQ(event("", "", "{}"), "data: {}\n\n");
    EXPECT_EQ(event("a-1", "", "{}"), "id: a-1\ndata: {}\n\n");
    EXPECT_EQ(event("a-1", "endpoint", "/x"), "id: a-1\nevent: endpoint\ndata: /x\n\n");
    EXPECT_EQ(event("", "", ""), "data: \n\n");
}

TEST(sse_encoder, appends) {
    std::string out = "x";
    transport::append_event(out, "", "", "a");
    transport::append_event(out, "", "", "b");
    EXPECT_EQ(out, "xdata: a\n\ndata: b\n\n");
}

TEST(sse_encoder, splits_data_at_every_kind_of_line_end) {
    EXPECT_EQ(event("", "", "a\nb"), "data: a\ndata: b\n\n");
    EXPECT_EQ(event("", "", "a\rb"), "data: a\ndata: b\n\n");
    EXPECT_EQ(event("", "", "a\r\nb"), "data: a\ndata: b\n\n");
    EXPECT_EQ(event("", "", "a\n\rb"), "data: a\ndata: \ndata: b\n\n");
    EXPECT_EQ(event("", "", "\n"), "data: \ndata: \n\n");
    EXPECT_EQ(event("", "", "a\r\n"), "data: a\ndata: \n\n");
    EXPECT_EQ(event("", "", "a\r"), "data: a\ndata: \n\n");
}

TEST(sse_encoder, joins_pieces_before_it_splits_lines) {
    for (const std::string_view whole : {"{\"a\":1}"sv, "a\r\nb\rc\n\nd\r"sv, "\r\n\r\n"sv, ""sv}) {
        for (std::size_t first = 0; first <= whole.size(); ++first) {
            for (std::size_t second = first; second <= whole.size(); ++second) {
                const std::array pieces{whole.substr(0, first), ""sv, whole.substr(first, second - first),
                                        whole.substr(second)};
                std::string out;
                transport::append_event(out, "i", "e", pieces);
                EXPECT_EQ(out, event("i", "e", whole)) << first << ' ' << second;
            }
        }
    }
}

TEST(sse_encoder, leaves_out_an_id_or_name_that_would_break_its_line) {
    for (const std::string_view bad : {"a\nb"sv, "a\r"sv, "\n"sv, "a\0b"sv}) {
        EXPECT_EQ(event(bad, "e", "d"), "event: e\ndata: d\n\n");
        EXPECT_EQ(event("i", bad, "d"), "id: i\ndata: d\n\n");
    }
}

TEST(sse_encoder, gives_parts_for_a_gather_write) {
    std::string head;
    transport::append_event_head(head, "i", "e");
    EXPECT_EQ(head + "{}" + std::string(transport::event_end), event("i", "e", "{}"));
    EXPECT_FALSE(transport::has_line_end("{}"));
    EXPECT_FALSE(transport::has_line_end(""));
    EXPECT_TRUE(transport::has_line_end("{\n}"));
    EXPECT_TRUE(transport::has_line_end("{\r}"));
}

TEST(sse_encoder, what_it_writes_reads_back) {
    EXPECT_EQ(data_of(event("i", "e", "{\"a\":1}")), std::vector<std::string>{"{\"a\":1}"});
    EXPECT_EQ(data_of(event("", "", " leading\r\nand\rmore\n")),
              std::vector<std::string>{" leading\nand\nmore\n"});
}

TEST(sse_encoder, priming_event_is_an_id_and_a_retry_but_no_message) {
    std::string out;
    transport::append_priming_event(out, "a-0", 3000ms);
    EXPECT_EQ(out, "id: a-0\nretry: 3000\ndata: \n\n");

    transport::sse_decoder decoder(10);
    decoder.feed(out);
    EXPECT_EQ(decoder.next(), transport::sse_step::need_bytes);
    EXPECT_EQ(decoder.last_event_id(), "a-0");
    EXPECT_EQ(decoder.retry(), 3000ms);

    out.clear();
    transport::append_priming_event(out, "a-0");
    EXPECT_EQ(out, "id: a-0\ndata: \n\n");
}

TEST(sse_encoder, keep_alive_is_invisible_to_a_reader) {
    const std::string stream = std::string(transport::keep_alive_comment) + "data: a\n\n" +
                               std::string(transport::keep_alive_comment);
    EXPECT_EQ(data_of(stream), std::vector<std::string>{"a"});
}

TEST(chunk_scope, frames_in_place) {
    std::string out = "head\r\n\r\n";
    {
        transport::chunk_scope chunk(out);
        transport::append_event(out, "", "", std::string(260, 'x'));
    }
    EXPECT_EQ(out, "head\r\n\r\n0000010c\r\ndata: " + std::string(260, 'x') + "\n\n\r\n");
}

TEST(chunk_scope, leaves_nothing_when_nothing_was_written) {
    std::string out = "x";
    {
        transport::chunk_scope chunk(out);
    }
    EXPECT_EQ(out, "x");
}

TEST(chunk_scope, can_be_closed_early_and_once) {
    std::string out;
    transport::chunk_scope chunk(out);
    out += "abc";
    chunk.close();
    out += transport::last_chunk;
    chunk.close();
    EXPECT_EQ(out, "00000003\r\nabc\r\n0\r\n\r\n");
}
