// A backend that refuses a second session while the first one lives: the gateway goes on in the first one.
#include "auth/static_credentials.hpp"
#include "tests/fakes/one_worker.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "vmcp/supervision/http/supervised_http_backend.hpp"

#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using health::finding;

class nobody_takes final : public session_lists_taker {
public:
    awaitable<bool> take(std::shared_ptr<client_session>, const void*, session_lists) override {
        co_return false;
    }
};

class found_single : public testing::Test {
protected:
    found_single() {
        backend_.refuse_streams = true;
        backend_config definition{.name = "b", .url = backend_.url()};
        port_ =
            make_http_backend(around_, definition, {},
                              std::make_shared<backend_gate>(health::breaker_settings{},
                                                             backend_gate::reports{.lists_changed = [] {}}))
                .value();
    }
    ~found_single() override {
        worker_.call([&] { port_->retire(); });
    }

    std::future<health::probe_result> probe(health::probe_memory memory = {}) {
        const auto ended = std::make_shared<std::promise<health::probe_result>>();
        worker_->post([this, ended, memory = std::move(memory)] {
            worker_->spawn(
                [](std::shared_ptr<backend_probe> one,
                   std::shared_ptr<std::promise<health::probe_result>> to) -> awaitable<void> {
                    to->set_value(co_await one->run(steady_clock::now() + 10s));
                }(port_->make_probe(memory, health::probe_kind::health), ended),
                "a test");
        });
        return ended->get_future();
    }
    std::future<list_outcome> read_lists() {
        const auto ended = std::make_shared<std::promise<list_outcome>>();
        worker_->spawn(
            [](std::shared_ptr<supervised_backend> backend,
               std::shared_ptr<std::promise<list_outcome>> to) -> awaitable<void> {
                const auto control =
                    std::make_shared<cancellation>(co_await boost::asio::this_coro::executor);
                to->set_value(co_await backend->read_lists({10s, 10s}, control));
            }(port_, ended),
            "a test");
        return ended->get_future();
    }
    template <class T>
    static T value_of(std::future<T> from) {
        return fakes::one_worker::wait(std::move(from));
    }
    // What the monitor keeps of its session.
    health::probe_memory monitored() {
        auto first = probe();
        backend_.handshake("first");
        return value_of(std::move(first)).memory;
    }
    fakes::backend_request in_first(std::string_view wanted) {
        auto asked = backend_.expect(wanted);
        EXPECT_EQ(asked->request.field("mcp-session-id"), "first");
        return asked;
    }

    static constexpr std::string_view taken =
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Server already initialized"}})";

    fakes::scripted_backend backend_{};
    published<snapshot> current_{std::make_shared<const snapshot>()};
    nobody_takes own_lists_{};
    transport::via_chain via_{"0123"};
    fakes::one_worker worker_{};
    const http_surroundings around_{.control = worker_.get(),
                                    .callers = {},
                                    .current = current_,
                                    .own_lists = own_lists_,
                                    .via = via_,
                                    .make_credentials = [](const backend_config& definition) {
                                        return std::make_shared<auth::static_credentials>(definition);
                                    }};
    std::shared_ptr<supervised_backend> port_{};
};

TEST_F(found_single, by_a_refusal_and_a_ping) {
    const auto memory = monitored();
    auto reading = read_lists();
    backend_.expect("initialize")->answer(400, taken);
    in_first("ping")->result("{}");
    in_first("tools/list")->result(R"({"tools":[{"name":"t"}]})");
    const auto outcome = value_of(std::move(reading));
    ASSERT_TRUE(std::holds_alternative<list_reading>(outcome));
    EXPECT_EQ(std::get<list_reading>(outcome).lists.tools.size(), 1U);
    EXPECT_TRUE(port_->found_single_session());

    const auto connections = backend_.connections_made();
    auto again = probe(memory);
    const auto ping = in_first("ping");
    EXPECT_EQ(backend_.connections_made(), connections + 1) << "made for this probe";
    ping->result("{}");
    const auto result = value_of(std::move(again));
    EXPECT_EQ(result.met.what, finding::success);
    EXPECT_EQ(result.revision, "2025-11-25");
    EXPECT_EQ(result.memory.session_id, memory.session_id) << "nobody is to end it";
}

TEST_F(found_single, and_lost_with_one_new_handshake) {
    const auto memory = monitored();
    auto reading = read_lists();
    backend_.expect("initialize")->answer(409, "busy");
    in_first("ping")->result("{}");
    in_first("tools/list")->result(R"({"tools":[]})");
    (void)value_of(std::move(reading));

    auto again = probe(memory);
    in_first("ping")->answer(404, "");
    backend_.handshake("second");
    const auto ping = backend_.expect("ping");
    EXPECT_EQ(ping->request.field("mcp-session-id"), "second");
    ping->result("{}");
    EXPECT_EQ(value_of(std::move(again)).met.what, finding::success);
    EXPECT_EQ(backend_.count("initialize"), 0U);
}

TEST_F(found_single, not_where_the_first_session_does_not_answer) {
    (void)monitored();
    auto reading = read_lists();
    backend_.expect("initialize")->answer(400, taken);
    in_first("ping")->answer(404, "");
    EXPECT_TRUE(std::holds_alternative<list_refusal>(value_of(std::move(reading))));
    EXPECT_FALSE(port_->found_single_session());
    EXPECT_FALSE(backend_.has("DELETE", 50ms)) << "it is the monitor's";
}

TEST_F(found_single, not_where_initialize_fails_otherwise) {
    (void)monitored();
    auto reading = read_lists();
    backend_.expect("initialize")->answer(503, "starting");
    EXPECT_TRUE(std::holds_alternative<list_refusal>(value_of(std::move(reading))));
    EXPECT_FALSE(backend_.has("ping", 50ms));
    EXPECT_FALSE(port_->found_single_session());
}

} // namespace
} // namespace vmcp
