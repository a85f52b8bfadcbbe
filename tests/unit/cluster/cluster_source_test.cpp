// What a source makes of lists that can be read, and of those that cannot.
#include "vmcp/cluster/cluster_source.hpp"

#include "tests/fakes/one_worker.hpp"
#include "transport/net/guarded_pause.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// An API server in memory: lists are what the test says, or empty, and nothing happens in watches.
class cluster_of_lists final : public kube::kube_client {
public:
    explicit cluster_of_lists(transport::worker& home) : home_(home) {}

    std::map<std::string, kube::kube_answer> answers{}; // by collection, or collection/name
    std::atomic<int> asked = 0;

    awaitable<kube::kube_answer> ask(kube::kube_request request) override {
        ++asked;
        constexpr std::string_view selector = "metadata.name%3D";
        auto key = request.target.substr(0, request.target.find('?'));
        if (const auto at = request.target.find(selector); at != std::string::npos)
            key += "/" + request.target.substr(at + selector.size());
        const auto found = answers.find(key);
        co_return found == answers.end() ? list("") : found->second;
    }
    awaitable<kube::kube_answer> stream(kube::kube_request request, std::chrono::milliseconds,
                                        std::function<bool(std::string_view)> piece) override {
        piece({});
        transport::guarded_pause pause(home_);
        const cancellation::scope cancellable(request.control, [&pause] { pause.cancel(); });
        if (!request.control->cancelled())
            co_await pause.until(std::chrono::steady_clock::now() + 1h);
        co_return kube::kube_answer{.status = 200};
    }
    void stop() override {}
    [[nodiscard]] const std::string& name_space() const noexcept override { return name_space_; }

    static kube::kube_answer list(const std::string& items) {
        return {.status = 200, .body = R"({"metadata":{"resourceVersion":"1"},"items":[)" + items + "]}"};
    }

private:
    transport::worker& home_;
    const std::string name_space_ = "ns";
};

class source : public testing::Test {
protected:
    source() {
        settings.group_ref = "g";
        settings.cluster.discover = true;
    }
    void TearDown() override {
        home.call([this] { under_test->stop(); });
        home.call([this] { under_test.reset(); }); // what was cancelled has run
    }

    void server(const std::string& spec = "") {
        client->answers[collection_of(workload_kind::server, "ns")] =
            cluster_of_lists::list(R"({"metadata":{"name":"a"},"spec":{"groupRef":{"name":"g"})" + spec +
                                   R"(},"status":{"url":"http://a/mcp","phase":"Ready"}})");
    }
    void use(const config& next) {
        home.call([&] { under_test->use(std::make_shared<const config>(next), discovery); });
    }
    void start() {
        use(settings);
        home.call([this] { under_test->start(); });
    }
    template <class Condition>
    bool comes(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + fakes::patience;
        while (!condition() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(5ms);
        return condition();
    }
    bool becomes_ready() {
        return comes([this] { return under_test->standing()->ready; });
    }
    std::vector<backend_config> definitions() {
        return home.call([this] { return under_test->definitions(); });
    }

    config settings{};
    discovery_settings discovery{};
    fakes::one_worker home{};
    std::shared_ptr<cluster_of_lists> client = std::make_shared<cluster_of_lists>(home.get());
    std::unique_ptr<cluster_source> under_test =
        std::make_unique<cluster_source>(home.get(), client, "ns", [] { return 0.5; });
};

// outgoingAuth.source takes effect after a restart: until then what was found keeps its credentials.
TEST_F(source, settings_that_look_for_nothing_take_no_credentials_away) {
    server();
    discovery.strategies["a"].auth = {
        .type = auth_strategy::kind::header_injection, .header_name = "X", .header_value = "hunter2"};
    start();
    ASSERT_TRUE(comes([this] { return definitions().size() == 1; }));
    settings.cluster.discover = false;
    discovery = {};
    use(settings);
    const auto found = definitions();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].auth.header_value, "hunter2");
}

TEST_F(source, a_kind_without_a_right_to_it_is_no_reason_to_wait) {
    server();
    client->answers[collection_of(workload_kind::entry, "ns")] = {.status = 403};
    start();
    EXPECT_TRUE(becomes_ready());
    EXPECT_THAT(under_test->standing()->problems, Contains(HasSubstr("MCPServerEntry: HTTP 403")));
    EXPECT_EQ(definitions().size(), 1U);
}

TEST_F(source, a_kind_that_cannot_be_read_now_is_waited_for) {
    client->answers[collection_of(workload_kind::entry, "ns")] = {.status = 503};
    start();
    EXPECT_TRUE(comes([this] { return !under_test->standing()->problems.empty(); }));
    EXPECT_FALSE(under_test->standing()->ready);
}

TEST_F(source, that_it_is_ready_is_told_also_of_nothing) {
    std::atomic<int> told = 0;
    std::atomic<bool> ready = false;
    under_test->on_ready([&] {
        ++told;
        ready = under_test->standing()->ready;
    });
    start();
    EXPECT_TRUE(comes([&] { return told > 0; }));
    EXPECT_TRUE(ready);
    EXPECT_THAT(definitions(), IsEmpty());
}

// Or who is told of the last of the backends would report nothing of them.
TEST_F(source, it_is_ready_when_it_tells_of_what_made_it_so) {
    server(R"(,"externalAuthConfigRef":{"name":"x"})");
    client->answers[collection_of(referred_kind::auth_config, "ns") + "/x"] =
        cluster_of_lists::list(R"({"metadata":{"name":"x"},"spec":{"type":"unauthenticated"}})");
    std::atomic<int> told = 0;
    std::atomic<bool> ready = false;
    under_test->on_change([&] {
        ready = under_test->standing()->ready;
        ++told;
    });
    start();
    EXPECT_TRUE(comes([&] { return told > 0; }));
    EXPECT_TRUE(ready);
}

TEST_F(source, what_cannot_be_read_just_now_is_pending_and_what_is_refused_is_not) {
    server(R"(,"externalAuthConfigRef":{"name":"x"})");
    auto& answer = client->answers[collection_of(referred_kind::auth_config, "ns") + "/x"];
    answer = {.status = 503};
    start();
    EXPECT_TRUE(comes([this] { return !under_test->standing()->problems.empty(); }));
    EXPECT_FALSE(under_test->standing()->ready);
    EXPECT_THAT(definitions(), IsEmpty());
    home.call([&] { answer = {.status = 403}; });
    EXPECT_TRUE(becomes_ready());
    ASSERT_TRUE(comes([this] { return definitions().size() == 1; }));
    EXPECT_THAT(definitions()[0].problem, HasSubstr("HTTP 403"));
}

TEST_F(source, nothing_begins_after_the_end) {
    server();
    start();
    ASSERT_TRUE(becomes_ready());
    home.call([this] { under_test->stop(); });
    const auto before = client->asked.load();
    discovery.tool_configs["a"] = "t"; // to be watched
    use(settings);
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(client->asked.load(), before);
}

} // namespace
} // namespace vmcp
