// What every request says of itself, and the answers of backends that compress all the same.
#include "tests/fakes/compressed.hpp"
#include "tests/fakes/http_message.hpp"
#include "tests/fakes/one_worker.hpp"
#include "transport/http/client_exchange.hpp"
#include "vmcp/base/program.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::compressed;
using fakes::compression;
using testing::HasSubstr;

struct got {
    std::optional<exchange_error> error{};
    std::string detail{};
    std::string body{};
    bool sure_end = false;
    bool keeps = false;
};

asio::awaitable<got> ask(worker& home, std::uint16_t port, std::vector<header_field> fields, std::size_t most,
                         bool in_pieces) {
    const auto url = vmcp::parse_url("http://127.0.0.1:" + std::to_string(port) + "/mcp").value();
    auto made = co_await connect(home, target{.url = url, .tls = {}}, 5s);
    (*made)->expires_in(10s);
    client_exchange exchange(**made);
    const vmcp::gather text("{}");
    got out;
    exchange_result<void> read =
        co_await exchange.send({.url = &url, .target = "/else?where", .fields = fields, .body = &text});
    while (read && in_pieces) {
        const auto piece = co_await exchange.some();
        if (!piece)
            read = piece.error();
        else if (piece->empty())
            break;
        else
            out.body += *piece;
    }
    if (read && !in_pieces && !exchange.take_buffered_body(out.body, most))
        read = co_await exchange.body(out.body, most);
    if (!read) {
        out.error = read.error().error;
        out.detail = read.error().detail;
    }
    out.sure_end = exchange.has_sure_end();
    out.keeps = exchange.reusable_for().has_value();
    co_return out;
}

class compressed_answer : public testing::Test {
protected:
    got answered(std::string_view raw, std::size_t most = 100'000, bool in_pieces = false,
                 std::size_t piece = 100'000, std::vector<header_field> fields = {}) {
        std::thread peer([&] {
            auto s = door_.accept();
            request_ = fakes::read_response(s); // a request reads the same way
            s.send_in_pieces(raw, piece);
            if (raw.find("Content-Length") == std::string_view::npos)
                return;
            (void)s.readable(20ms); // until the exchange is over
        });
        auto out = w_.run(ask(w_.get(), door_.port(), std::move(fields), most, in_pieces));
        peer.join();
        return out;
    }
    static std::string sized(std::string_view fields, std::string_view body, unsigned status = 200) {
        return fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n{}", status, fields, body.size(),
                           body);
    }

    fakes::listening_socket door_{};
    fakes::http_message request_{};
    fakes::one_worker w_{};
};

TEST_F(compressed_answer, is_not_asked_for) {
    EXPECT_EQ(answered(sized("", "ok")).body, "ok");
    EXPECT_EQ(request_.start, "POST /else?where HTTP/1.1");
    EXPECT_EQ(request_.field("accept-encoding"), "identity");
    EXPECT_EQ(request_.field("user-agent"), fmt::format("vmcp/{}", vmcp::program_version));

    (void)answered(sized("", "ok"), 100, false, 100, {{"user-agent", "a client's"}});
    EXPECT_EQ(request_.field("user-agent"), "a client's") << "and no second one";
    EXPECT_EQ(request_.field("accept-encoding"), "identity");
}

TEST_F(compressed_answer, is_decoded_whatever_its_coding_and_framing) {
    const std::string text = R"({"jsonrpc":"2.0","id":1,"result":{}})";
    struct row {
        std::string_view field;
        std::string body;
    };
    for (const auto& [field, body] :
         {row{"Content-Encoding: gzip\r\n", compressed(text)},
          row{"Content-Encoding: X-GZIP\r\n", compressed(text)},
          row{"Content-Encoding: deflate\r\n", compressed(text, compression::zlib)},
          row{"Content-Encoding: deflate\r\n", compressed(text, compression::bare)},
          row{"Content-Encoding: identity\r\n", text}, row{"", text}})
        for (const bool in_pieces : {false, true})
            for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
                const auto whole = answered(sized(field, body), 100'000, in_pieces, piece);
                EXPECT_FALSE(whole.error) << field << whole.detail;
                EXPECT_EQ(whole.body, text) << field;
                EXPECT_TRUE(whole.sure_end);
                EXPECT_TRUE(whole.keeps) << field;
                const auto chunked = answered(
                    fmt::format(
                        "HTTP/1.1 200 X\r\n{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                        field, body.size(), body),
                    100'000, in_pieces, piece);
                EXPECT_EQ(chunked.body, text) << field;
                EXPECT_TRUE(chunked.sure_end);
            }
}

TEST_F(compressed_answer, its_check_sum_says_where_it_ends) {
    const auto plain = answered("HTTP/1.1 200 X\r\n\r\ntext");
    EXPECT_EQ(plain.body, "text");
    EXPECT_FALSE(plain.sure_end) << "it may have been cut";
    const auto packed = answered("HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n" + compressed("text"));
    EXPECT_EQ(packed.body, "text");
    EXPECT_TRUE(packed.sure_end);
}

TEST_F(compressed_answer, without_a_body_has_no_coding) {
    const auto out = answered(sized("Content-Encoding: br\r\n", "", 202));
    EXPECT_FALSE(out.error) << out.detail;
    EXPECT_TRUE(out.keeps);
}

TEST_F(compressed_answer, of_another_coding_is_an_error_that_names_it) {
    for (const bool in_pieces : {false, true}) {
        for (const auto& [field, named] : {std::pair{"br", R"(the content coding "br")"},
                                           {"ZSTD", R"(the content coding "zstd")"},
                                           {"gzip, br", "an unknown content coding"},
                                           {"what the peer says", "an unknown content coding"}}) {
            const auto out =
                answered(sized(fmt::format("Content-Encoding: {}\r\n", field), "x"), 100, in_pieces);
            EXPECT_EQ(out.error, exchange_error::malformed);
            EXPECT_THAT(out.detail, HasSubstr(named));
            EXPECT_THAT(out.detail, HasSubstr("127.0.0.1"));
        }
        const auto twice =
            answered(sized("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", "x"), 100, in_pieces);
        EXPECT_EQ(twice.error, exchange_error::malformed);
    }
    // The status of a refusal says enough.
    const auto refusal = answered(sized("Content-Encoding: br\r\n", "\x8b\x01", 404));
    EXPECT_FALSE(refusal.error) << refusal.detail;
}

TEST_F(compressed_answer, that_is_broken_or_too_large_is_an_error) {
    const auto text = compressed(std::string(300, 'x') + "y");
    for (const bool in_pieces : {false, true}) {
        const auto cut =
            answered(sized("Content-Encoding: gzip\r\n", text.substr(0, text.size() - 3)), 1000, in_pieces);
        EXPECT_EQ(cut.error, exchange_error::truncated);
        const auto other = answered(sized("Content-Encoding: gzip\r\n", "{\"a\":1}"), 1000, in_pieces);
        EXPECT_EQ(other.error, exchange_error::malformed);
        EXPECT_THAT(other.detail, HasSubstr("not compressed as its Content-Encoding says"));
        const auto bomb = compressed(std::string(std::size_t{8} << 20, 'x'));
        const auto dense =
            answered(sized("Content-Encoding: gzip\r\n", bomb), std::size_t{16} << 20, in_pieces);
        EXPECT_EQ(dense.error, exchange_error::malformed);
        EXPECT_THAT(dense.detail, HasSubstr("more than 200 times as long"));
        EXPECT_LE(dense.body.size(), std::size_t{4} << 20);
    }
    const auto large = answered(sized("Content-Encoding: gzip\r\n", text), 300);
    EXPECT_EQ(large.error, exchange_error::too_large) << "the limit is of what it becomes";
    EXPECT_EQ(answered(sized("Content-Encoding: gzip\r\n", text), 301).body.size(), 301U);
}

} // namespace
} // namespace transport
