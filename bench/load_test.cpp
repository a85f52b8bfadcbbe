// The load generator's judgement, and whole runs of it against the mock backend over loopback.
#include "bench/load_report.hpp"
#include "bench/load_run.hpp"
#include "bench/mock_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using bench::verdict;
using bench::work_kind;
using ::testing::HasSubstr;

TEST(LoadReply, JudgesOneReply) {
    EXPECT_EQ(bench::judge_reply(R"({"jsonrpc":"2.0","id":12,"result":{"x":1}})", 12, true), verdict::right);
    EXPECT_EQ(bench::judge_reply(R"({"result":{"isError":false},"id":12})", 12, true), verdict::right);
    EXPECT_EQ(bench::judge_reply(R"({"id":12,"result":{"content":[{"cut off)", 12, false), verdict::right);
    EXPECT_EQ(bench::judge_reply(R"({"id":12,"result":{"content":[],"isError":true}})", 12, true),
              verdict::tool_error);
    EXPECT_EQ(bench::judge_reply(R"({"id":13,"result":{}})", 12, true), verdict::wrong_reply);
    EXPECT_EQ(bench::judge_reply(R"({"id":"12","result":{}})", 12, true), verdict::wrong_reply);
    EXPECT_EQ(bench::judge_reply(R"({"result":{}})", 12, true), verdict::wrong_reply);
    EXPECT_EQ(bench::judge_reply(R"({"id":12,"error":{"code":1}})", 12, true), verdict::rpc_error);
    EXPECT_EQ(bench::judge_reply("", 12, true), verdict::wrong_reply);
}

TEST(LoadRequests, CarryWhatAuthorizesThem) {
    bench::load_options options;
    EXPECT_EQ(bench::request_writer(options).head("s").find("Authorization"), std::string::npos);
    options.authorization = "Bearer abc";
    const bench::request_writer writer(options);
    EXPECT_THAT(writer.head("s"), HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
    std::string first;
    writer.initialize(first, 1);
    EXPECT_THAT(first, HasSubstr("\r\nAuthorization: Bearer abc\r\n")) << "the handshake too";
}

TEST(LoadReply, JudgesAnEventStream) {
    const std::string step = "id: 1\nevent: message\ndata: {\"method\":\"notifications/progress\",\"params\":"
                             "{\"progressToken\":5}}\n\n";
    const std::string other =
        "data: {\"method\":\"notifications/progress\",\"params\":{\"progressToken\":6}}\r\n\r\n";
    const std::string done = "data:{\"id\":5,\"result\":{}}\n\n";
    EXPECT_EQ(bench::judge_event_stream(": hello\n\nid: 0\ndata:\n\n" + step + step + done, 5, 2),
              verdict::right);
    EXPECT_EQ(bench::judge_event_stream(step + other + done, 5, 2), verdict::progress_missing);
    EXPECT_EQ(bench::judge_event_stream(step + step, 5, 2), verdict::wrong_reply);
    EXPECT_EQ(bench::judge_event_stream("", 5, 0), verdict::wrong_reply);
}

// Runs a load against a mock backend in the same thread.
struct outcome {
    bench::load_result result;
    std::string json;
};

outcome run(bench::load_options options, const bench::mock_options& backend_options = {}) {
    boost::asio::io_context context{1};
    bench::mock_backend backend{backend_options};
    bench::mock_server server{context, backend, "127.0.0.1", 0};
    options.port = server.port();
    options.connections = std::min<std::size_t>(options.connections, 4);
    options.duration = std::chrono::milliseconds{120};
    options.warm_up = std::chrono::milliseconds{30};
    bench::load_run load{context, options};
    outcome out;
    out.result = load.run();
    out.json = bench::to_json(options, out.result, 0.0);
    return out;
}

TEST(LoadRun, EveryKindOfWorkGetsRightAnswers) {
    for (const auto work : {work_kind::call, work_kind::list, work_kind::ping, work_kind::initialize}) {
        const auto [result, json] = run({.work = work});
        EXPECT_GT(result.latency.count(), 10u) << json;
        EXPECT_TRUE(result.errors.empty()) << json;
    }
}

TEST(LoadRun, LargeAnswersAreCountedWhole) {
    const auto [result, json] = run({.tool = "echo_1m"});
    EXPECT_TRUE(result.errors.empty()) << json;
    EXPECT_GE(result.bytes, result.latency.count() << 20) << json;
    EXPECT_GT(result.latency.count(), 0u) << json;
}

TEST(LoadRun, LargeArgumentsArrive) {
    const auto [result, json] = run({.argument_bytes = 3'000'000});
    EXPECT_TRUE(result.errors.empty()) << json;
    EXPECT_GT(result.latency.count(), 0u) << json;
}

TEST(LoadRun, ProgressIsCounted) {
    EXPECT_TRUE(run({.tool = "progress_10", .progress = 10}).result.errors.empty());
    EXPECT_THROW(static_cast<void>(run({.tool = "progress_9", .progress = 10})), std::runtime_error);
}

TEST(LoadRun, AllPagesOfAListAreRead) {
    const auto [result, json] = run({.work = work_kind::list}, {.tools = 95, .page_size = 20});
    EXPECT_EQ(result.tools, 95u);
    EXPECT_EQ(result.pages, 5u);
    EXPECT_TRUE(result.errors.empty()) << json;
}

TEST(LoadRun, OpensSessions) {
    const auto [result, json] =
        run({.work = work_kind::sessions, .count = 37, .touch = true}, {.sessions = true});
    EXPECT_EQ(result.sessions, 37u);
    EXPECT_EQ(result.latency.count(), 37u);
    EXPECT_TRUE(result.errors.empty()) << json;
}

TEST(LoadRun, HoldsConnections) {
    const auto [result, json] = run({.work = work_kind::connections});
    EXPECT_EQ(result.connections, 4u);
    EXPECT_EQ(result.latency.count(), 4u);
    EXPECT_TRUE(result.errors.empty()) << json;
}

// 4 connections serve a 10 ms tool at most 400 times a second. At 1000 a second the queue grows, and a load
// generator that waits politely would still report 10 ms.
TEST(LoadRun, OpenLoopCountsTheTimeARequestHadToWait) {
    const auto [result, json] = run({.rate = 1000, .tool = "slow_10"});
    EXPECT_EQ(result.latency.count() + result.unanswered, 120u) << json;
    EXPECT_GT(result.latency.percentile(99), 100'000'000u) << json;
    const auto calm = run({.rate = 100, .tool = "slow_10"}).result;
    EXPECT_LT(calm.latency.percentile(50), 100'000'000u);
    EXPECT_EQ(calm.latency.count(), 12u);
}

TEST(LoadRun, ADeadlineIsAnErrorNotAWait) {
    EXPECT_THROW(static_cast<void>(run({.timeout = std::chrono::milliseconds{1}, .tool = "hang"})),
                 std::runtime_error);
}

TEST(LoadRun, AWrongToolIsReportedWithTheAnswer) {
    try {
        static_cast<void>(run({.tool = "nope"}));
        FAIL() << "no error";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("Unknown tool"));
    }
}

} // namespace
