// What most wire tests start from: one scripted backend "b" with one tool, behind a running gateway.
#pragma once

#include "tests/fakes/mcp_client.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "tests/fakes/world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace wire {

using namespace std::chrono_literals;
using fakes::mcp_client;
using fakes::scripted_backend;
using fakes::tool_call;
using fakes::world;

// The tool "t" of backend "b" is "b_t" for clients.
class one_backend : public testing::Test {
protected:
    using tune = std::function<void(vmcp::config&)>;

    // `with_streams`: the test answers GET requests itself.
    world& start(const tune& adjust = {}, bool with_streams = false) {
        backend.refuse_streams = !with_streams;
        vmcp::config settings;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        if (adjust)
            adjust(settings);
        gateway = std::make_unique<world>(settings, std::vector{fakes::tools("b", {"t"})});
        return *gateway;
    }

    mcp_client client(std::string_view version = "2025-11-25", std::string_view capabilities = "{}",
                      std::string token = {}) const {
        mcp_client out(gateway->port(), std::move(token));
        out.open(version, capabilities);
        return out;
    }

    // A first call of this client, with the handshake it brings: from now on the way is warm.
    void warm(const mcp_client& client, std::string_view session_id = "s-1",
              std::string_view capabilities = R"({"tools":{}})") {
        auto call = client.start(tool_call("\"warm\"", "b_t"));
        backend.handshake(session_id, capabilities);
        backend.expect("tools/call")->result("{}");
        ASSERT_EQ(call.response().status(), 200U);
        settle();
    }

    // A call counts as running for a moment after its answer is read.
    void settle() {
        ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
    }

    scripted_backend backend{};
    std::unique_ptr<world> gateway{};
};

inline std::string response(std::string_view id, std::string_view result) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

} // namespace wire
