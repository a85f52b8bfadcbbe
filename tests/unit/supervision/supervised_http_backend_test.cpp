// What calls met at a backend over HTTP, as supervision judges it: what one caller brings along says nothing for others.
#include "vmcp/supervision/http/supervised_http_backend.hpp"

#include "health/record.hpp"
#include "tests/fakes/one_worker.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "vmcp/model/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using kind = auth_strategy::kind;
using own_fields = std::vector<std::pair<std::string, std::string>>;

// The same for everybody, or a reason why there is none.
class given_credential final : public credential_source {
public:
    awaitable<result<std::shared_ptr<const credential>>> credential_for(const caller*) override {
        if (why)
            co_return *why;
        co_return std::make_shared<const credential>(
            credential{.fields = {{"Authorization", "Bearer x"}}, .key = "x"});
    }
    std::shared_ptr<const credential> at_hand(const caller*) override { return nullptr; }
    bool refused(const credential&) override { return false; }

    std::optional<failure> why{};
};

class no_own_lists final : public session_lists_taker {
public:
    awaitable<bool> take(std::shared_ptr<client_session>, const void*, session_lists) override {
        co_return false;
    }
};

class deaf_sink final : public reply_sink {
public:
    awaitable<void> notify(const gather&) override { co_return; }
    result<std::shared_ptr<pending_ask>> ask(const message&) override {
        return vmcp::fail(errc::capability_missing);
    }
    awaitable<void> done(const reply&) override { co_return; }
    awaitable<void> fail(const failure&) override { co_return; }
};

class supervised_http_backend : public testing::Test {
protected:
    void start(kind type) {
        backend_config definition{.name = "b", .url = server_.url()};
        definition.auth.type = type;
        gate_ = std::make_shared<backend_gate>(
            health::breaker_settings{.enabled = true, .failure_threshold = 3},
            backend_gate::reports{.lists_changed = [] {},
                                  .probe_wanted = [] {},
                                  .call_ended =
                                      [this](health::evidence evidence, health::steady_time) {
                                          const std::lock_guard hold(mutex_);
                                          told_.push_back(std::move(evidence));
                                      }});
        http_surroundings around{.control = worker_.get(),
                                 .callers = {&worker_.get()},
                                 .current = current_,
                                 .own_lists = own_lists_,
                                 .via = via_,
                                 .make_credentials = [this](const backend_config&) { return credentials_; }};
        backend_ = make_http_backend(around, definition, config{}, gate_).value();
    }
    ~supervised_http_backend() override {
        worker_.call([this] {
            if (backend_)
                backend_->retire();
            worker_->sweeper().expire_all();
        });
    }

    std::future<std::optional<failure>> call(own_fields own = {}) {
        const auto to = std::make_shared<std::promise<std::optional<failure>>>();
        worker_->spawn(
            [](std::shared_ptr<backend> through, own_fields fields, auto result) -> awaitable<void> {
                const auto m =
                    *read_message(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})");
                call_terms terms;
                terms.from = std::make_shared<caller>();
                terms.can = std::make_shared<const client_capabilities>();
                terms.headers = std::move(fields);
                const outgoing sent{.what = std::make_shared<vmcp::call>(
                                        m, std::move(terms), transport::worker::current().executor())};
                deaf_sink out;
                const auto how = co_await through->exchange(sent, out);
                result->set_value(how ? std::nullopt : std::optional(how.error()));
            }(backend_->for_calls(), std::move(own), to),
            "a test's call");
        return to->get_future();
    }
    static std::optional<failure> get(std::future<std::optional<failure>> from) {
        return fakes::one_worker::wait(std::move(from));
    }
    [[nodiscard]] std::vector<health::evidence> told() {
        const std::lock_guard hold(mutex_);
        return told_;
    }

    // The state of a backend that was healthy, after `evidence` three times, a second apart.
    static health::state after_three(const health::evidence& evidence) {
        const auto at = [](int second) {
            return health::moment{steady_clock::time_point(1h) + std::chrono::seconds(second), {}};
        };
        health::record record("http://b/", {.unhealthy_threshold = 3}, at(0));
        (void)record.on_probe({}, "2025-11-25", at(0).at, at(0));
        for (int second = 1; second <= 3; ++second)
            (void)record.on_call(evidence, at(second).at, at(second));
        return record.now();
    }

    fakes::scripted_backend server_{};
    std::shared_ptr<given_credential> credentials_ = std::make_shared<given_credential>();
    published<snapshot> current_{std::make_shared<const snapshot>()};
    no_own_lists own_lists_{};
    transport::via_chain via_{"0123"};
    std::shared_ptr<backend_gate> gate_{};
    std::mutex mutex_{};
    std::vector<health::evidence> told_{}; // under mutex_
    fakes::one_worker worker_{};
    std::shared_ptr<supervised_backend> backend_{};
};

TEST_F(supervised_http_backend, refuses_nobody_else_for_the_credential_of_one_caller) {
    for (const auto type : {kind::token_exchange, kind::xaa, kind::aws_sts}) {
        start(type);
        auto called = call();
        server_.expect("initialize")->answer(401, "not you");
        EXPECT_EQ(get(std::move(called))->code, errc::backend_unauthorized);
        ASSERT_FALSE(told().empty());
        EXPECT_EQ(told().back().what, health::finding::auth_needed);
        EXPECT_EQ(after_three(told().back()), health::state::healthy) << static_cast<int>(type);
    }
}

TEST_F(supervised_http_backend, is_locked_out_when_what_everybody_is_sent_with_is_refused) {
    for (const auto type : {kind::header_injection, kind::client_credentials}) {
        start(type);
        auto called = call();
        server_.expect("initialize")->answer(403, "nobody");
        EXPECT_EQ(get(std::move(called))->code, errc::backend_unauthorized);
        ASSERT_FALSE(told().empty());
        EXPECT_EQ(after_three(told().back()), health::state::unauthenticated) << static_cast<int>(type);

        // A caller's own field may be what is refused.
        called = call({{"X-Api-Key", "mine"}});
        server_.expect("initialize")->answer(403, "not you");
        EXPECT_EQ(get(std::move(called))->code, errc::backend_unauthorized);
        EXPECT_EQ(after_three(told().back()), health::state::healthy) << static_cast<int>(type);
    }
}

// Nothing was sent: it may be the caller, or the token endpoint, and is not the backend.
TEST_F(supervised_http_backend, is_not_blamed_for_a_credential_that_could_not_be_had) {
    for (const auto type : {kind::token_exchange, kind::xaa, kind::aws_sts, kind::client_credentials})
        for (const auto code : {errc::backend_unauthorized, errc::backend_unavailable}) {
            start(type);
            credentials_->why = fail(code, "the token endpoint says no");
            for (int i = 0; i < 4; ++i)
                EXPECT_EQ(get(call())->code, code);
            EXPECT_THAT(told(), testing::IsEmpty());
            EXPECT_EQ(gate_->circuit(steady_clock::now()).state, health::circuit::closed);
        }
    EXPECT_EQ(server_.connections_made(), 0U);
}

} // namespace
} // namespace vmcp
