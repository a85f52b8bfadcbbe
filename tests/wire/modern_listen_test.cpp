// Subscriptions of stateless clients.
#include "tests/wire/modern_world.hpp"

#include <vector>

namespace wire {
namespace {

TEST_F(modern, a_subscription_begins_with_what_it_will_deliver_and_tags_all_of_it) {
    start();
    auto stream = send({.method = "subscriptions/listen",
                        .params = R"("notifications":{"toolsListChanged":true,"promptsListChanged":false})",
                        .id = "\"sub\""});
    EXPECT_EQ(stream.head().field("content-type"), "text/event-stream");
    auto events = stream.events();
    EXPECT_EQ(
        events.message()->data,
        R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{)"
        R"("io.modelcontextprotocol/subscriptionId":"sub"},"notifications":{"toolsListChanged":true}}})");
    gateway->publish({fakes::tools("b", {"t", "u"})});
    EXPECT_EQ(events.message()->data,
              R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{)"
              R"("io.modelcontextprotocol/subscriptionId":"sub"}}})");
}

TEST_F(modern, a_subscription_to_nothing_is_over_at_once) {
    start();
    auto stream = send({.method = "subscriptions/listen", .params = R"("notifications":{})", .id = "7"});
    EXPECT_EQ(stream.head().status(), 200U);
    auto events = stream.events();
    EXPECT_EQ(member(events.message()->data, "params.notifications"), "{}");
    EXPECT_EQ(events.message()->data, R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","_meta":{)"
                                      R"("io.modelcontextprotocol/subscriptionId":7}}})");
    EXPECT_FALSE(events.next());
    EXPECT_EQ(member(post({.method = "subscriptions/listen", .params = R"("notifications":[])"}).body,
                     "error.code"),
              "-32602");
}

class listening : public modern {
protected:
    void start_listed(std::size_t resources) {
        start([](vmcp::config& s) { s.backends.front().sessions = vmcp::backend_session_mode::shared; });
        auto lists = fakes::tools("b", {"t"});
        lists.capabilities = R"({"resources":{"subscribe":true}})";
        for (std::size_t i = 0; i < resources; ++i)
            lists.resources.push_back({uri(i), fmt::format(R"({{"uri":"{}","name":"r"}})", uri(i))});
        gateway->publish({lists});
    }
    static std::string uri(std::size_t i) { return fmt::format("x:/{}", i); }
    fakes::http_client listen_to(std::size_t resources) const {
        std::string uris;
        for (std::size_t i = 0; i < resources; ++i)
            uris += fmt::format(R"({}"{}")", i == 0 ? "" : ",", uri(i));
        return send({.method = "subscriptions/listen",
                     .params = fmt::format(R"("notifications":{{"resourceSubscriptions":[{}]}})", uris)});
    }
    void take_session() { backend.handshake("s", R"({"resources":{"subscribe":true}})"); }
};

TEST_F(listening, begins_before_the_backends_have_answered_who_are_told_together) {
    start_listed(3);
    auto stream = listen_to(3);
    take_session();
    EXPECT_EQ(stream.head().status(), 200U);
    std::vector<fakes::backend_request> asked;
    for (std::size_t i = 0; i < 3; ++i)
        asked.push_back(backend.expect("resources/subscribe"));
    for (const auto& one : {asked[2], asked[1], asked[0]})
        if (one->raw("params.uri") == "\"x:/1\"")
            one->answer(200,
                        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32602,"message":"no"}}}})",
                                    one->id()),
                        "Content-Type: application/json\r\n");
        else
            one->result("{}");
    auto events = stream.events();
    EXPECT_EQ(member(events.message()->data, "params.notifications"),
              R"({"resourceSubscriptions":["x:/0","x:/2"]})");
}

TEST_F(listening, tells_so_many_at_once_and_stops_when_the_client_leaves) {
    constexpr std::size_t at_once = 8;
    start_listed(20);
    {
        auto stream = listen_to(20);
        take_session();
        EXPECT_EQ(stream.head().status(), 200U);
        std::vector<fakes::backend_request> asked;
        for (std::size_t i = 0; i < at_once; ++i)
            asked.push_back(backend.expect("resources/subscribe"));
        EXPECT_FALSE(backend.has("resources/subscribe", 100ms));
        EXPECT_EQ(gateway->sessions(), 1U);
        stream.raw().close();
        for (std::size_t i = 0; i < at_once; ++i)
            backend.expect("notifications/cancelled")->accept();
        EXPECT_TRUE(world::eventually([&] { return gateway->sessions() == 0; }));
    }
    EXPECT_FALSE(backend.has("resources/subscribe", 50ms));
}

TEST_F(listening, acknowledges_before_it_ends_for_a_shutdown) {
    start_listed(1);
    auto stream = listen_to(1);
    take_session();
    EXPECT_EQ(stream.head().status(), 200U);
    const auto asked = backend.expect("resources/subscribe");
    gateway->drain();
    auto events = stream.events();
    EXPECT_EQ(member(events.message()->data, "params.notifications"), "{}");
    EXPECT_EQ(member(events.message()->data, "result.resultType"), "\"complete\"");
    asked->close();
}

} // namespace
} // namespace wire
