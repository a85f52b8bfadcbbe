// Head reader and chunked decoder on whole messages and on every fragmentation.
#include "bench/chunked_decoder.hpp"
#include "bench/http_head.hpp"

#include <gtest/gtest.h>

namespace {

TEST(HttpHead, ReadsTheFieldsItNeeds) {
    const std::string text =
        "POST /mcp HTTP/1.1\r\nhost: x\r\nCONTENT-LENGTH: 12\r\nMcp-Session-Id:  abc \r\n"
        "Connection: close\r\nAccept: text/event-stream\r\n\r\n{}";
    bench::http_head head;
    ASSERT_EQ(bench::parse_head(text, head), bench::head_state::complete);
    EXPECT_EQ(bench::request_method(head.start_line), "POST");
    EXPECT_EQ(head.size, text.size() - 2);
    EXPECT_EQ(head.content_length, 12u);
    EXPECT_EQ(head.session_id, "abc");
    EXPECT_TRUE(head.close);
    EXPECT_FALSE(head.chunked);
    EXPECT_FALSE(head.event_stream);
    for (std::size_t size = 0; size + 2 < text.size(); ++size)
        EXPECT_EQ(bench::parse_head(std::string_view{text}.substr(0, size), head),
                  bench::head_state::incomplete);
}

TEST(HttpHead, ReadsAnEventStreamResponse) {
    bench::http_head head;
    ASSERT_EQ(bench::parse_head("HTTP/1.1 503 No\r\nTransfer-Encoding: Chunked\r\n"
                                "Content-Type: text/event-stream; charset=utf-8\r\n\r\n",
                                head),
              bench::head_state::complete);
    EXPECT_EQ(bench::response_status(head.start_line), 503u);
    EXPECT_TRUE(head.chunked);
    EXPECT_TRUE(head.event_stream);
    EXPECT_FALSE(head.has_content_length);
}

TEST(HttpHead, RefusesWhatIsNoHead) {
    bench::http_head head;
    EXPECT_EQ(bench::parse_head("GET / HTTP/1.1\r\nno colon\r\n\r\n", head), bench::head_state::broken);
    EXPECT_EQ(bench::parse_head("GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", head),
              bench::head_state::broken);
    EXPECT_EQ(bench::response_status("HTTP/1.1"), 0u);
}

TEST(ChunkedDecoder, GivesThePayloadForEveryFragmentation) {
    const std::string body = "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n";
    const std::string wire = body + "HTTP/1.1";
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
        bench::chunked_decoder decoder;
        std::string out;
        auto state = bench::chunked_decoder::state::more;
        std::size_t used = 0;
        for (std::size_t at = 0; at < wire.size() && state == bench::chunked_decoder::state::more;
             at += piece) {
            state = decoder.feed(std::string_view{wire}.substr(at, piece), out);
            used += decoder.consumed();
        }
        EXPECT_EQ(state, bench::chunked_decoder::state::done) << piece;
        EXPECT_EQ(out, "hello0123456789") << piece;
        EXPECT_EQ(used, body.size()) << piece;
    }
}

TEST(ChunkedDecoder, RefusesBrokenChunks) {
    for (const auto* wire : {"x\r\n", "\r\n", "3\r\nabcd\r\n", "3\rx", "0\r\n\rX"}) {
        bench::chunked_decoder decoder;
        std::string out;
        EXPECT_EQ(decoder.feed(wire, out), bench::chunked_decoder::state::broken) << wire;
    }
}

} // namespace
