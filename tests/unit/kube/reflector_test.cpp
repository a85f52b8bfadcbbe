// A reflector over real connections, against an API server that says what the test wants it to.
#include "transport/kube/reflector.hpp"

#include "tests/fakes/http_message.hpp"
#include "tests/fakes/one_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace kube {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// One request that came, and the connection to answer it on.
struct asked {
    fakes::http_message head{};
    fakes::socket on{};

    void answer(unsigned status, std::string_view body, std::string_view fields = "") {
        on.send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
                std::string(fields) + "Connection: close\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + std::string(body));
        on.close();
    }
    void begin_watch() { on.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }
    void chunk(std::string_view text) {
        char size[16];
        (void)std::snprintf(size, sizeof size, "%zx\r\n", text.size());
        on.send(size + std::string(text) + "\r\n");
    }
    void event(std::string_view type, std::string_view name, std::string_view version) {
        chunk(R"({"type":")" + std::string(type) + R"(","object":{"metadata":{"name":")" + std::string(name) +
              R"(","resourceVersion":")" + std::string(version) + "\"}}}\n");
    }
};

class reflector_over_wire : public testing::Test {
protected:
    void SetUp() override {
        char pattern[] = "/tmp/vmcp-kube-XXXXXX";
        folder = ::mkdtemp(pattern);
        write_token("one");
        client = make_kube_client({.server = "http://127.0.0.1:" + std::to_string(server.port()) + "/k8s",
                                   .token_path = folder + "/token"})
                     .value();
        under_test = home.call([this] {
            auto made = std::make_shared<reflector>(
                home.get(), client,
                reflector_settings{.collection = "/api/v1/things",
                                   .reduce = [](std::string_view text) { return std::string(text); },
                                   .dice = [] { return 0.0; }},
                room, [this] { look(); });
            made->start();
            return made;
        });
    }
    void TearDown() override {
        home.call([this] {
            under_test->stop();
            client->stop();
        });
        std::filesystem::remove_all(folder);
    }

    void write_token(std::string_view token) const { std::ofstream(folder + "/token") << token << '\n'; }

    asked next() {
        asked out;
        out.on = server.accept();
        std::optional<fakes::http_message> head;
        while (!(head = fakes::take_head(out.on.buffer)))
            if (!out.on.fill())
                throw std::runtime_error("no request");
        out.head = *head;
        return out;
    }
    void list(std::string_view version, std::string_view items) {
        auto request = next();
        EXPECT_THAT(request.head.start, StartsWith("GET /k8s/api/v1/things?limit=500"));
        request.answer(200, page(version, items));
    }
    static std::string page(std::string_view version, std::string_view items) {
        return R"({"metadata":{"resourceVersion":")" + std::string(version) + R"("},"items":[)" +
               std::string(items) + "]}";
    }
    asked watch(std::string_view version) {
        auto request = next();
        EXPECT_THAT(request.head.start, HasSubstr("watch=1"));
        EXPECT_THAT(request.head.start, HasSubstr("resourceVersion=" + std::string(version) + "&"));
        return request;
    }

    // On the worker.
    void look() {
        const std::lock_guard lock(mutex);
        names.clear();
        for (const auto& [name, entry] : under_test->store().all())
            names += name + " ";
        problem = under_test->state().problem;
        seen.notify_all();
    }
    template <class Condition>
    void wait_until(Condition condition) {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(seen.wait_for(lock, fakes::patience, condition)) << names << problem;
    }
    void until_names(const std::string& wanted) {
        wait_until([&] { return names == wanted; });
    }
    void until_problem(const std::string& part) {
        wait_until([&] { return part.empty() ? problem.empty() : problem.find(part) != std::string::npos; });
    }

    std::string folder{};
    fakes::listening_socket server{};
    std::mutex mutex{};
    std::condition_variable seen{};
    std::string names{};
    std::string problem{};
    vmcp::byte_budget room{1'000'000};
    std::shared_ptr<kube_client> client{};
    std::shared_ptr<reflector> under_test{};
    fakes::one_worker home{};
};

constexpr std::string_view a = R"({"metadata":{"name":"a"}})";
constexpr std::string_view b = R"({"metadata":{"name":"b"}})";

TEST_F(reflector_over_wire, follows_what_a_watch_tells_in_whatever_pieces) {
    list("5", a);
    auto watching = watch("5");
    EXPECT_EQ(watching.head.field("authorization"), "Bearer one");
    watching.begin_watch();
    watching.chunk(R"({"type":"ADDED","object":{"meta)");
    watching.chunk(
        "data\":{\"name\":\"b\"}}}\n{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n");
    until_names("b ");
}

TEST_F(reflector_over_wire, goes_on_after_a_stream_that_was_cut_in_the_middle_of_a_line) {
    list("5", a);
    auto watching = watch("5");
    watching.begin_watch();
    watching.event("ADDED", "b", "6");
    until_names("a b ");
    watching.chunk(R"({"type":"ADDED","object":{"metadata":{"na)");
    watching.on.reset();
    auto again = watch("6");
    again.begin_watch();
    again.event("ADDED", "c", "7");
    until_names("a b c ");
}

TEST_F(reflector_over_wire, lists_anew_and_compares_what_is_too_old_either_way) {
    list("5", a);
    watch("5").answer(410, R"({"message":"too old"})");
    list("8", b);
    until_names("b ");
    auto watching = watch("8");
    watching.begin_watch();
    watching.event("ADDED", "c", "9");
    until_names("b c ");
    watching.chunk("{\"type\":\"ERROR\",\"object\":{\"code\":410,\"reason\":\"Expired\"}}\n");
    list("12", a);
    until_names("a ");
}

TEST_F(reflector_over_wire, asks_later_where_it_is_told_to_and_says_what_is_forbidden) {
    const auto began = std::chrono::steady_clock::now();
    next().answer(429, "{}", "Retry-After: 1\r\n");
    until_problem("HTTP 429");
    next().answer(403, R"({"message":"things is forbidden"})");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
    until_problem("things is forbidden");
}

TEST_F(reflector_over_wire, a_token_that_was_replaced_is_read_when_the_old_one_is_refused) {
    list("5", a);
    until_names("a ");
    write_token("two");
    auto refused = watch("5");
    EXPECT_EQ(refused.head.field("authorization"), "Bearer one");
    refused.answer(401, "{}");
    auto accepted = watch("5");
    EXPECT_EQ(accepted.head.field("authorization"), "Bearer two");
    accepted.begin_watch();
    accepted.event("ADDED", "b", "6");
    until_names("a b ");
}

TEST_F(reflector_over_wire, a_server_that_is_away_is_asked_again_and_what_is_known_stays) {
    list("5", a);
    auto watching = watch("5");
    watching.begin_watch();
    watching.event("ADDED", "b", "6");
    until_names("a b ");
    watching.on.reset();
    watch("6").on.reset();
    until_problem("without an answer");
    EXPECT_EQ(names, "a b ");
    auto again = watch("6");
    again.begin_watch();
    until_problem("");
}

TEST_F(reflector_over_wire, stops_in_the_middle_of_anything) {
    list("5", a);
    auto watching = watch("5");
    watching.begin_watch();
    watching.event("ADDED", "b", "6");
    until_names("a b ");
    home.call([this] { under_test->stop(); });
    EXPECT_FALSE(watching.on.fill()); // closed
}

// ---- the client alone

class client_over_wire : public testing::Test {
protected:
    void TearDown() override {
        home.call([this] { client->stop(); });
    }
    std::future<kube_answer> begin(kube_request request) {
        auto made = std::make_shared<std::promise<kube_answer>>();
        home->spawn(
            [](kube_client& c, kube_request r,
               std::shared_ptr<std::promise<kube_answer>> to) -> vmcp::awaitable<void> {
                to->set_value(co_await c.ask(std::move(r)));
            }(*client, std::move(request), made),
            "a test");
        return made->get_future();
    }
    fakes::http_message take(fakes::socket& on) {
        std::optional<fakes::http_message> head;
        while (!(head = fakes::take_head(on.buffer)))
            if (!on.fill())
                throw std::runtime_error("no request");
        while ((head->has("content-length") || head->has("transfer-encoding")) &&
               !fakes::take_body(on.buffer, *head))
            if (!on.fill())
                throw std::runtime_error("no body");
        return *head;
    }

    fakes::listening_socket server{};
    std::shared_ptr<kube_client> client =
        make_kube_client({.server = "http://127.0.0.1:" + std::to_string(server.port()), .token = "fixed"})
            .value();
    fakes::one_worker home{};
};

TEST_F(client_over_wire, sends_what_changes_something_and_keeps_the_connection) {
    auto first = begin(
        {.method = "PATCH", .target = "/x/status", .body = "{\"a\":1}", .content_type = merge_patch_type});
    auto on = server.accept();
    const auto patch = take(on);
    EXPECT_EQ(patch.start, "PATCH /x/status HTTP/1.1");
    EXPECT_EQ(patch.field("content-type"), "application/merge-patch+json");
    EXPECT_EQ(patch.field("authorization"), "Bearer fixed");
    EXPECT_EQ(patch.body, "{\"a\":1}");
    on.send(
        "HTTP/1.1 409 Conflict\r\nRetry-After: 3\r\nContent-Length: 22\r\n\r\n{\"message\":\"conflict\"}");
    const auto answer = home.wait(std::move(first));
    EXPECT_EQ(answer.status, 409U);
    EXPECT_EQ(answer.retry_after, 3s);
    EXPECT_EQ(explain(answer), "HTTP 409: conflict");
    auto second = begin({.target = "/y"});
    EXPECT_EQ(take(on).start, "GET /y HTTP/1.1");
    on.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_TRUE(home.wait(std::move(second)).ok());
}

TEST_F(client_over_wire, an_answer_that_is_too_large_is_none) {
    auto got = begin({.target = "/x", .most = 10});
    auto on = server.accept();
    take(on);
    on.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901");
    const auto answer = home.wait(std::move(got));
    EXPECT_EQ(answer.status, 0U);
    EXPECT_TRUE(answer.too_large);
}

TEST_F(client_over_wire, a_server_that_says_nothing_is_given_up) {
    auto got = begin({.target = "/x", .limit = 200ms});
    auto on = server.accept();
    take(on);
    const auto answer = home.wait(std::move(got));
    EXPECT_EQ(answer.status, 0U);
    EXPECT_TRUE(answer.timed_out);
    EXPECT_THAT(explain(answer), HasSubstr("did not answer in time"));
}

TEST_F(client_over_wire, a_watch_that_stalls_is_given_up) {
    auto made = std::make_shared<std::promise<kube_answer>>();
    std::string pieces;
    home->spawn(
        [](kube_client& c, std::string& into,
           std::shared_ptr<std::promise<kube_answer>> to) -> vmcp::awaitable<void> {
            to->set_value(co_await c.stream({.target = "/w"}, 200ms, [&into](std::string_view piece) {
                into += piece.empty() ? std::string("[]") : std::string(piece);
                return true;
            }));
        }(*client, pieces, made),
        "a test");
    auto on = server.accept();
    take(on);
    on.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    const auto answer = home.wait(made->get_future());
    EXPECT_EQ(pieces, "[]abc");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_TRUE(answer.timed_out);
}

TEST(client, says_what_is_wrong_with_an_access) {
    EXPECT_THAT(make_kube_client({.server = "nowhere"}).error().message(), HasSubstr("API server"));
    EXPECT_FALSE(make_kube_client({.server = "https://h", .ca = "not PEM"}));
    EXPECT_THAT(make_kube_client({.server = "https://h", .client_certificate = "x", .client_key = "y"})
                    .error()
                    .message(),
                HasSubstr("client certificate"));
}

} // namespace
} // namespace kube
