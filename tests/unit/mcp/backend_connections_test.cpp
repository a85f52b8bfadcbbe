// Connections to a backend that is not there: the attempts are repeated for a while, and never beyond the worker's end.
#include "tests/fakes/one_worker.hpp"
#include "transport/mcp/back/backend_connections.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::listening_socket;
using fakes::one_worker;
using std::chrono::steady_clock;

// Where nothing listens any more.
std::shared_ptr<backend_connections> to_nobody() {
    vmcp::backend_config definition;
    definition.name = "gone";
    {
        const listening_socket closed;
        definition.url = "http://127.0.0.1:" + std::to_string(closed.port()) + "/mcp";
    }
    return backend_connections::make(definition, 1).value();
}

struct attempt {
    bool made = false;
    steady_clock::duration took{};
};

asio::awaitable<attempt> try_until(std::shared_ptr<backend_connections> to, std::chrono::milliseconds within,
                                   std::function<void()> meanwhile) {
    const auto began = steady_clock::now();
    worker::current().post(std::move(meanwhile));
    const auto made = co_await to->make_new("", began + within);
    co_return attempt{static_cast<bool>(made), steady_clock::now() - began};
}

TEST(backend_connections, a_refused_connection_is_tried_again_until_the_deadline) {
    one_worker w;
    const auto got = w.run(try_until(to_nobody(), 400ms, [] {}));
    EXPECT_FALSE(got.made);
    EXPECT_GE(got.took, 150ms); // the last pause is not begun when it would end too late
}

TEST(backend_connections, the_end_of_the_worker_is_the_end_of_the_attempts) {
    one_worker w;
    const auto got = w.run(try_until(to_nobody(), 1h, [&] { w->expire_all(); }));
    EXPECT_FALSE(got.made);
    EXPECT_LT(got.took, 2s) << "not reconnect_patience";
}

} // namespace
} // namespace transport
