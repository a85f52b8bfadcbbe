// What the mock backend answers: it must be right before anything can be measured against it.
#include "bench/json_scan.hpp"
#include "bench/mock_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct parts {
    std::string head;
    std::string body;
};

bench::mock_reply post(bench::mock_backend& backend, std::string_view body) {
    bench::mock_reply reply;
    backend.answer("POST", body, reply);
    return reply;
}

parts split(const bench::mock_reply& reply) {
    const std::string whole = reply.text + std::string{reply.tail};
    const auto end = whole.find("\r\n\r\n");
    return {whole.substr(0, end + 2), whole.substr(end + 4)};
}

TEST(Mock, EchoHasTheSizeItsNameSays) {
    bench::mock_backend backend{{}};
    for (const auto& [tool, size] : {std::pair{"echo_100", 100}, {"echo_1k", 1024}, {"echo_1m", 1 << 20}}) {
        const auto reply =
            post(backend, std::string{R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":)"} +
                              R"({"arguments":{"name":"hang"},"name":")" + tool + "\"}}");
        const auto [head, body] = split(reply);
        EXPECT_EQ(body.size(), static_cast<std::size_t>(size));
        EXPECT_THAT(head, HasSubstr("\r\nContent-Length: " + std::to_string(size) + "\r\n"));
        EXPECT_THAT(body,
                    StartsWith(R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":")"));
    }
}

TEST(Mock, KeepsTheIdAsWritten) {
    bench::mock_backend backend{{}};
    for (const std::string id : {"1", "-5", R"("a\"b")", "10000000000000000000000"}) {
        const auto [head, body] = split(post(backend, R"({"method":"ping","id":)" + id + "}"));
        EXPECT_EQ(bench::find_member(body, "id"), id);
        EXPECT_EQ(bench::find_member(body, "result"), "{}");
        EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
    }
}

TEST(Mock, PagesItsTools) {
    bench::mock_backend backend{{.tools = 25, .page_size = 10}};
    std::size_t tools = 0;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto params = cursor.empty() ? std::string{"{}"} : R"({"cursor":")" + cursor + "\"}";
        const auto [head, body] =
            split(post(backend, R"({"id":1,"method":"tools/list","params":)" + params + "}"));
        const auto result = bench::find_member(body, "result");
        tools += bench::count_elements(bench::find_member(result, "tools"));
        cursor = bench::string_text(bench::find_member(result, "nextCursor"));
        EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
    }
    EXPECT_EQ(tools, 25u);
    EXPECT_EQ(cursor, "");
    const auto [head, body] =
        split(post(backend, R"({"id":1,"method":"tools/list","params":{"cursor":"99"}})"));
    EXPECT_THAT(body, HasSubstr("-32602"));
}

TEST(Mock, StreamsProgressForTheCallersToken) {
    bench::mock_backend backend{{}};
    const auto reply = post(backend, R"({"id":3,"method":"tools/call","params":{"name":"progress_4","_meta":)"
                                     R"({"progressToken":"t\"1"}}})");
    ASSERT_EQ(reply.events.size(), 5u);
    EXPECT_THAT(reply.text, HasSubstr("text/event-stream"));
    EXPECT_THAT(reply.events[0], HasSubstr(R"("progressToken":"t\"1","progress":1,"total":4)"));
    EXPECT_THAT(reply.events[4], HasSubstr(R"("id":3,"result":)"));
    EXPECT_TRUE(reply.events[4].ends_with("\r\n0\r\n\r\n"));
    EXPECT_EQ(post(backend, R"({"id":3,"method":"tools/call","params":{"name":"progress_4"}})").events.size(),
              1u);
}

TEST(Mock, AnswersTheRest) {
    bench::mock_backend backend{{.sessions = true}};
    const auto first =
        split(post(backend, R"({"id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}})"));
    EXPECT_THAT(first.head, HasSubstr("Mcp-Session-Id: mock-1\r\n"));
    EXPECT_THAT(first.body, HasSubstr(R"("protocolVersion":"2025-06-18")"));
    EXPECT_THAT(first.head, HasSubstr("Content-Length: " + std::to_string(first.body.size()) + "\r\n"));
    EXPECT_THAT(post(backend, R"({"id":0,"method":"initialize"})").text, HasSubstr("mock-2"));
    EXPECT_THAT(post(backend, R"({"method":"notifications/initialized"})").text, StartsWith("HTTP/1.1 202"));
    EXPECT_THAT(post(backend, R"({"id":1,"result":{}})").text, StartsWith("HTTP/1.1 202"));
    EXPECT_THAT(post(backend, R"([{"id":1,"method":"ping"}])").text, StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(post(backend, R"({"id":1,"method":"server/discover"})").text, HasSubstr("-32601"));
    EXPECT_THAT(post(backend, R"({"id":1,"method":"tools/call","params":{"name":"nope"}})").text,
                HasSubstr("-32602"));
    EXPECT_EQ(post(backend, R"({"id":1,"method":"tools/call","params":{"name":"hang"}})").when,
              bench::mock_reply::kind::never);
    const auto slow = post(backend, R"({"id":1,"method":"tools/call","params":{"name":"slow_70"}})");
    EXPECT_EQ(slow.when, bench::mock_reply::kind::later);
    EXPECT_EQ(slow.delay, std::chrono::milliseconds{70});
    bench::mock_reply reply;
    backend.answer("GET", "", reply);
    EXPECT_THAT(reply.text, StartsWith("HTTP/1.1 405"));
    backend.answer("DELETE", "", reply);
    EXPECT_THAT(reply.text, StartsWith("HTTP/1.1 200"));
}

} // namespace
