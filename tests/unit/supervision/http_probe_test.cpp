// Probes over HTTP carry the credential that the gateway's own requests carry, and say so where there is none.
#include "vmcp/supervision/http/http_probe.hpp"

#include "tests/fakes/one_worker.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using fakes::scripted_backend;
using health::finding;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

// Gives one credential after the other; a failure where there is none.
class some_credentials final : public credential_source {
public:
    explicit some_credentials(std::deque<std::string> tokens) : tokens_(std::move(tokens)) {}

    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller* who) override {
        EXPECT_EQ(who, nullptr);
        if (hangs)
            co_await never_set.get(co_await boost::asio::this_coro::executor);
        const std::lock_guard lock(mutex_);
        if (tokens_.empty())
            co_return fail(errc::backend_unauthorized, "the token endpoint answered HTTP 503");
        auto made = std::make_shared<credential>();
        made->fields.emplace_back("Authorization", "Bearer " + tokens_.front());
        made->key = tokens_.front().substr(0, 2);
        made->secrets = {tokens_.front()};
        co_return made;
    }
    std::shared_ptr<const credential> at_hand(const caller*) override { return nullptr; }
    bool refused(const credential&) override {
        const std::lock_guard lock(mutex_);
        ++refusals;
        if (tokens_.size() < 2)
            return false;
        tokens_.pop_front();
        return true;
    }

    bool hangs = false;
    int refusals = 0;
    promised<bool> never_set{};

private:
    std::mutex mutex_{};
    std::deque<std::string> tokens_;
};

class http_probe_test : public testing::Test {
protected:
    ~http_probe_test() override { source_->never_set.set(true); }

    void start(std::deque<std::string> tokens, health::probe_memory memory = {}, milliseconds limit = 10s) {
        source_ = std::make_shared<some_credentials>(std::move(tokens));
        begin(std::move(memory), limit);
    }
    void begin(health::probe_memory memory, milliseconds limit) {
        probe_ = make_http_probe(
            worker_.get(),
            {.target = {.url = parse_url(backend_.url()).value()}, .credentials = source_, .via = &via_},
            std::move(memory), health::probe_kind::health);
        worker_->spawn(
            [](std::shared_ptr<backend_probe> probe, milliseconds l,
               std::promise<health::probe_result>& to) -> awaitable<void> {
                to.set_value(co_await probe->run(steady_clock::now() + l));
            }(probe_, limit, ended_),
            "a test");
    }
    health::probe_result outcome() { return fakes::one_worker::wait(ended_.get_future()); }

    scripted_backend backend_{};
    transport::via_chain via_{"0123"};
    std::shared_ptr<some_credentials> source_{};
    std::shared_ptr<backend_probe> probe_{};
    std::promise<health::probe_result> ended_{};
    fakes::one_worker worker_{};
};

TEST_F(http_probe_test, carries_the_credential_and_remembers_whose_session_it_is) {
    start({"a-token"});
    const auto asked = backend_.expect("initialize");
    EXPECT_EQ(asked->request.field("authorization"), "Bearer a-token");
    EXPECT_EQ(asked->request.field("via"), "1.1 vmcp-0123");
    asked->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}})",
        "Mcp-Session-Id: s-1\r\n");
    const auto done = backend_.expect("notifications/initialized");
    EXPECT_EQ(done->request.field("authorization"), "Bearer a-token");
    done->accept();
    const auto result = outcome();
    EXPECT_EQ(result.met.what, finding::success);
    EXPECT_EQ(result.memory.session_id, "s-1");
    EXPECT_EQ(result.memory.credential_key, "a-");
}

TEST_F(http_probe_test, goes_on_in_a_session_of_the_same_credential_only) {
    const health::probe_memory ours{.proved = health::era::legacy,
                                    .session_id = "s-1",
                                    .protocol_version = "2025-11-25",
                                    .credential_key = "a-"};
    start({"a-token"}, ours);
    const auto ping = backend_.expect("ping");
    EXPECT_EQ(ping->request.field("mcp-session-id"), "s-1");
    ping->result("{}");
    EXPECT_EQ(outcome().met.what, finding::success);

    ended_ = {};
    source_ = std::make_shared<some_credentials>(std::deque<std::string>{"b-token"});
    begin(ours, 10s);
    const auto fresh = backend_.expect("initialize");
    EXPECT_FALSE(fresh->request.has("mcp-session-id"));
    EXPECT_EQ(fresh->request.field("authorization"), "Bearer b-token");
    fresh->answer(500, "no");
    EXPECT_EQ(outcome().met.status, 500U);
}

TEST_F(http_probe_test, tries_another_credential_once_when_one_is_refused) {
    start({"old-token", "new-token", "newest"});
    backend_.expect("initialize")->answer(401, "who is old-token?");
    const auto again = backend_.expect("initialize");
    EXPECT_EQ(again->request.field("authorization"), "Bearer new-token");
    again->answer(401, "and who is new-token?");
    const auto result = outcome();
    EXPECT_EQ(result.met.what, finding::auth_needed);
    EXPECT_EQ(source_->refusals, 2) << "the next probe gets another one";
    EXPECT_THAT(describe(result.met, "http://b"), HasSubstr("and who is ***?"));
    EXPECT_FALSE(backend_.has("initialize", 50ms));
}

TEST_F(http_probe_test, a_403_is_no_reason_for_another_credential) {
    start({"old-token", "new-token"});
    backend_.expect("initialize")->answer(403, "no");
    EXPECT_EQ(outcome().met.what, finding::auth_needed);
    EXPECT_EQ(source_->refusals, 0);
}

TEST_F(http_probe_test, says_that_there_is_no_credential_and_sends_nothing) {
    start({});
    const auto result = outcome();
    EXPECT_EQ(result.met.what, finding::no_credential);
    EXPECT_TRUE(result.met.credentials_sent) << "it is configured, and its callers cannot bring it";
    EXPECT_THAT(describe(result.met, "http://b"), HasSubstr("for want of a credential"));
    EXPECT_THAT(describe(result.met, "http://b"), HasSubstr("the token endpoint answered HTTP 503"));
    EXPECT_EQ(backend_.connections_made(), 0U);
}

TEST_F(http_probe_test, a_credential_that_does_not_come_ends_the_probe_at_its_deadline) {
    source_ = std::make_shared<some_credentials>(std::deque<std::string>{"late"});
    source_->hangs = true;
    begin({}, 50ms);
    EXPECT_EQ(outcome().met.what, finding::no_credential);
    EXPECT_EQ(backend_.connections_made(), 0U);
}

TEST_F(http_probe_test, can_be_given_up_while_it_waits_for_a_credential) {
    source_ = std::make_shared<some_credentials>(std::deque<std::string>{"late"});
    source_->hangs = true;
    begin({}, 10s);
    worker_.call([this] { probe_->cancel(); });
    EXPECT_EQ(outcome().met.what, finding::cancelled);
}

} // namespace
} // namespace vmcp
