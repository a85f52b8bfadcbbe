// What a server does with the bytes of a connection, without a connection: for the tests of http_policy.
#pragma once

#include "transport/http/http_policy.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace policy_test {

namespace http = boost::beast::http;
using transport::body_framing;
using transport::http_policy;

inline constexpr unsigned unfinished = 1; // the bytes end before the message
inline constexpr unsigned unparsable = 2; // Beast refuses it

struct outcome {
    unsigned status = 0; // 0: accepted, a status: the policy's refusal, or one of the above
    std::string path{};
    std::string query{};
    body_framing framing = body_framing::none;
    std::uint64_t length = 0;
    bool expect_continue = false;
    std::string body{};
    std::size_t used = 0;

    friend bool operator==(const outcome&, const outcome&) = default;
    friend std::ostream& operator<<(std::ostream& os, const outcome& o) {
        return os << "{status: " << o.status << ", path: " << o.path << ", query: " << o.query
                  << ", framing: " << static_cast<int>(o.framing) << ", length: " << o.length
                  << ", expect: " << o.expect_continue << ", body: " << testing::PrintToString(o.body)
                  << ", used: " << o.used << "}";
    }
};

// What a server does with a connection: collect a whole head, check it raw, parse it, check it parsed, read
// the body.
class server {
public:
    explicit server(const http_policy& policy) : policy_(policy) { parser_.header_limit(1 << 16); }

    void receive(std::string_view bytes) {
        if (finished_)
            return;
        const auto scanned = buffer_.size();
        buffer_ += bytes;
        if (!parser_.is_header_done() && !read_head(scanned))
            return;
        read_body();
    }

    [[nodiscard]] outcome result() const {
        auto result = result_;
        if (!finished_)
            result = {.status = unfinished};
        return result;
    }

private:
    bool read_head(std::size_t scanned) {
        const auto empty =
            transport::leading_empty_lines(buffer_, transport::most_empty_lines - empty_lines_);
        empty_lines_ += empty / 2;
        skipped_ += empty;
        buffer_.erase(0, empty);
        const auto size = transport::find_head_end(buffer_, scanned - std::min(scanned, empty));
        if (size == 0)
            return false;
        const auto head = buffer_.substr(0, size);
        if (const auto refusal = transport::check_raw_head(head, policy_); refusal.refused())
            return finish(refusal.status);
        boost::system::error_code ec;
        const auto used = parser_.put(boost::asio::buffer(head), ec);
        if (ec)
            return finish(unparsable);
        EXPECT_EQ(used, size) << "find_head_end and the parser disagree";
        const auto check = transport::check_request(parser_.get().base(), policy_);
        if (!check.ok())
            return finish(check.refusal.status);
        fields_ = check.field_count;
        result_ = {0,
                   std::string(check.path),
                   std::string(check.query),
                   check.framing,
                   check.content_length,
                   check.expect_continue};
        buffer_.erase(0, used);
        result_.used = skipped_ + used;
        return true;
    }

    void read_body() {
        // Beast 1.81 asserts that it has five bytes when it goes on with a last chunk; every valid rest is
        // longer.
        constexpr std::size_t beast_minimum = 5;
        while (!parser_.is_done()) {
            if (wants_more_ && buffer_.size() < beast_minimum)
                return;
            boost::system::error_code ec;
            const auto used = parser_.put(boost::asio::buffer(buffer_), ec);
            buffer_.erase(0, used);
            result_.used += used;
            wants_more_ = ec == http::error::need_more;
            if (wants_more_ || (!ec && used == 0))
                return;
            if (ec) {
                finish(unparsable);
                return;
            }
        }
        const auto refusal = transport::check_trailers(parser_.get(), fields_, policy_);
        result_.body = parser_.get().body();
        finished_ = true;
        if (refusal.refused())
            finish(refusal.status);
    }

    bool finish(unsigned status) {
        result_ = {.status = status};
        finished_ = true;
        return false;
    }

    const http_policy& policy_;
    http::request_parser<http::string_body> parser_{};
    std::string buffer_{};
    std::size_t fields_ = 0;
    std::size_t empty_lines_ = 0;
    std::size_t skipped_ = 0;
    outcome result_{};
    bool wants_more_ = false;
    bool finished_ = false;
};

inline outcome serve(std::string_view raw, const http_policy& policy, const std::vector<std::size_t>& cuts) {
    server under_test(policy);
    std::size_t from = 0;
    for (const auto cut : cuts) {
        under_test.receive(raw.substr(from, cut - from));
        from = cut;
    }
    under_test.receive(raw.substr(from));
    return under_test.result();
}

// One piece, single bytes, and every cut into two.
inline outcome serve(std::string_view raw, const http_policy& policy = {}) {
    const auto whole = serve(raw, policy, {});
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < raw.size(); ++cut) {
        every.push_back(cut);
        EXPECT_EQ(serve(raw, policy, {cut}), whole) << "cut at " << cut << " of\n" << raw;
    }
    EXPECT_EQ(serve(raw, policy, every), whole) << "byte by byte\n" << raw;
    return whole;
}

// A request from its third line on.
inline std::string post(std::string_view rest) {
    return std::string("POST /mcp HTTP/1.1\r\nHost: a\r\n").append(rest);
}

} // namespace policy_test
