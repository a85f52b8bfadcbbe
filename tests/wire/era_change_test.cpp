// A backend of which nobody said what it speaks: it is found out by probes, and anew when it refuses a call in the words of the
// other era; the call is sent again then.
#include "auth/static_credentials.hpp"
#include "tests/wire/back_world.hpp"
#include "vmcp/supervision/http/supervised_http_backend.hpp"

namespace wire {
namespace {

class nobody_takes final : public vmcp::session_lists_taker {
public:
    vmcp::awaitable<bool> take(std::shared_ptr<vmcp::client_session>, const void*,
                               vmcp::session_lists) override {
        co_return false;
    }
};

class era_change : public testing::Test {
protected:
    void begin(vmcp::backend_era era = vmcp::backend_era::automatic) {
        server.refuse_streams = true;
        server.refuse_discover = false;
        vmcp::backend_config definition{.name = "b", .url = server.url(), .era = era};
        port = vmcp::make_http_backend(around, definition, {},
                                       std::make_shared<vmcp::backend_gate>(
                                           health::breaker_settings{},
                                           vmcp::backend_gate::reports{.lists_changed = [this] { ++changes; },
                                                                       .probe_wanted = [] {},
                                                                       .call_ended = [](auto, auto) {}}))
                   .value();
    }
    ~era_change() override {
        if (port)
            w.call([&] { port->retire(); });
    }

    std::future<health::probe_result> probe(health::probe_memory memory = {}) {
        const auto ended = std::make_shared<std::promise<health::probe_result>>();
        w->post([this, ended, memory = std::move(memory)] {
            w->spawn(
                [](std::shared_ptr<vmcp::backend_probe> one,
                   std::shared_ptr<std::promise<health::probe_result>> to) -> vmcp::awaitable<void> {
                    to->set_value(co_await one->run(vmcp::steady_clock::now() + 10s));
                }(port->make_probe(memory, health::probe_kind::health), ended),
                "a test");
        });
        return ended->get_future();
    }
    std::future<heard>
    call(std::string text = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})",
         std::shared_ptr<vmcp::client_session> in = nullptr) {
        const auto to = std::make_shared<std::promise<heard>>();
        w->spawn(
            [](std::shared_ptr<vmcp::backend> through, std::string message,
               std::shared_ptr<vmcp::client_session> client,
               std::shared_ptr<std::promise<heard>> result) -> vmcp::awaitable<void> {
                const auto m = *vmcp::read_message(message);
                vmcp::call_terms terms;
                terms.from = std::make_shared<vmcp::caller>();
                terms.can = std::make_shared<const vmcp::client_capabilities>();
                terms.session = std::move(client);
                const vmcp::outgoing sent{.what = std::make_shared<vmcp::call>(
                                              m, std::move(terms), transport::worker::current().executor())};
                recording_sink out;
                const auto outcome = co_await through->exchange(sent, out);
                if (!outcome)
                    out.out.why = outcome.error();
                result->set_value(std::move(out.out));
            }(port->for_calls(), std::move(text), std::move(in), to),
            "a test's call");
        return to->get_future();
    }
    template <class T>
    static T get(std::future<T> from) {
        return fakes::one_worker::wait(std::move(from));
    }
    void discovered() {
        server.expect("server/discover")
            ->result(
                R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"resources":{"subscribe":true}}})");
    }
    static void refuse(const fakes::backend_request& asked, int code, std::string_view text) {
        asked->answer(400, fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"{}"}}}})",
                                       asked->id(), code, text));
    }
    void be_modern() {
        auto first = probe();
        discovered();
        ASSERT_EQ(get(std::move(first)).revision, "2026-07-28");
    }
    // What the monitor keeps of its session.
    void be_legacy() {
        auto first = probe();
        server.expect("server/discover")->answer(404, "");
        server.handshake("of-the-monitor");
        ASSERT_EQ(get(std::move(first)).revision, "2025-11-25");
    }

    scripted_backend server{};
    std::atomic<int> changes{0};
    vmcp::published<vmcp::snapshot> current{std::make_shared<const vmcp::snapshot>()};
    nobody_takes own_lists{};
    transport::via_chain via{"0123"};
    fakes::one_worker w{};
    const vmcp::http_surroundings around{.control = w.get(),
                                         .callers = {},
                                         .current = current,
                                         .own_lists = own_lists,
                                         .via = via,
                                         .make_credentials = [](const vmcp::backend_config& definition) {
                                             return std::make_shared<auth::static_credentials>(definition);
                                         }};
    std::shared_ptr<vmcp::supervised_backend> port{};
};

TEST_F(era_change, a_probe_decides_where_calls_go) {
    begin();
    be_modern();
    auto called = call();
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2026-07-28");
    asked->result(R"({"resultType":"complete"})");
    EXPECT_FALSE(get(std::move(called)).why);
    EXPECT_EQ(server.count("initialize"), 0U);

    // Another server in its place, which the monitor finds.
    be_legacy();
    EXPECT_EQ(changes, 1) << "its lists may be others";
    called = call();
    server.handshake("s-1");
    const auto in_session = server.expect("tools/call");
    EXPECT_EQ(in_session->request.field("mcp-session-id"), "s-1");
    in_session->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
}

TEST_F(era_change, a_backend_with_sessions_has_one_handshake_for_probes_and_one_for_calls) {
    begin();
    be_legacy();
    auto called = call();
    server.handshake("s-1");
    server.expect("tools/call")->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
    called = call();
    const auto asked = server.expect("tools/call");
    asked->answer(
        200,
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32000,"message":"of the application"}}}})",
                    asked->id()));
    EXPECT_NE(get(std::move(called)).reply.find("of the application"), std::string::npos);
    EXPECT_FALSE(server.has("server/discover", 50ms));
    EXPECT_EQ(server.count("initialize"), 0U);
}

TEST_F(era_change, a_call_of_a_session_finds_an_upgraded_backend) {
    begin();
    be_legacy();
    auto called = call();
    server.handshake("s-1");
    server.expect("tools/call")->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);

    called = call();
    refuse(server.expect("tools/call"), -32022, "Unsupported protocol version");
    const auto made = server.connections_made();
    discovered();
    EXPECT_EQ(server.connections_made(), made + 1) << "a connection of its own";
    const auto again = server.expect("tools/call");
    EXPECT_EQ(again->request.field("mcp-protocol-version"), "2026-07-28");
    again->result(R"({"resultType":"complete","n":1})");
    const auto heard = get(std::move(called));
    ASSERT_FALSE(heard.why) << heard.why->message();
    EXPECT_NE(heard.reply.find(R"("n":1)"), std::string::npos);
    EXPECT_EQ(changes, 1);
}

TEST_F(era_change, a_stateless_call_finds_a_backend_with_sessions_in_its_place) {
    begin();
    be_modern();
    auto called = call();
    refuse(server.expect("tools/call"), -32000, "Bad Request: Mcp-Session-Id header is required");
    server.expect("server/discover")->answer(400, "");
    server.handshake("of-the-probe");
    const auto ended = server.expect("DELETE");
    EXPECT_EQ(ended->request.field("mcp-session-id"), "of-the-probe") << "nobody goes on in it";
    ended->answer(200, "");
    server.handshake("s-2");
    server.expect("tools/call")->result("{}");
    const auto heard = get(std::move(called));
    EXPECT_FALSE(heard.why);
}

TEST_F(era_change, what_is_no_proof_changes_nothing_and_is_the_clients_to_read) {
    begin();
    be_modern();
    auto called = call();
    refuse(server.expect("tools/call"), -32000, "odd");
    server.expect("server/discover")->answer(503, "");
    EXPECT_NE(get(std::move(called)).reply.find("odd"), std::string::npos);

    called = call();
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2026-07-28");
    refuse(asked, -32000, "odd again");
    EXPECT_NE(get(std::move(called)).reply.find("odd again"), std::string::npos);
    EXPECT_FALSE(server.has("server/discover", 50ms)) << "not at once again";
}

TEST_F(era_change, one_probe_is_for_all_calls_that_wait) {
    begin();
    be_legacy();
    std::vector<std::future<heard>> all;
    for (int i = 0; i < 5; ++i)
        all.push_back(call());
    for (int i = 0; i < 5; ++i) {
        // Each call of a client without a session shares the one that is refused here.
        if (i == 0)
            refuse(server.expect("initialize"), -32022, "Unsupported protocol version");
    }
    discovered();
    for (int i = 0; i < 5; ++i)
        server.expect("tools/call")->result(R"({"resultType":"complete"})");
    for (auto& one : all)
        EXPECT_FALSE(get(std::move(one)).why);
    EXPECT_FALSE(server.has("server/discover", 20ms));
}

TEST_F(era_change, what_was_subscribed_to_is_subscribed_to_again) {
    begin();
    be_legacy();
    vmcp::session_record record;
    record.id = "client";
    record.capabilities = std::make_shared<const vmcp::client_capabilities>();
    const auto session = std::make_shared<vmcp::live_session>(std::move(record));
    constexpr std::string_view subscribe =
        R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"a:1"}})";
    auto called = call(std::string(subscribe), session);
    server.handshake("s-1", R"({"resources":{"subscribe":true}})");
    server.expect("resources/subscribe")->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);

    be_modern();
    const auto listening = server.expect("subscriptions/listen");
    EXPECT_EQ(listening->raw("params.notifications"), R"({"resourceSubscriptions":["a:1"]})");
    listening->start_events();
    listening->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{{"notifications":)"
        R"({{"resourceSubscriptions":["a:1"]}}}}}})"));

    be_legacy();
    auto again = [&] {
        server.handshake("s-2", R"({"resources":{"subscribe":true}})");
        return server.expect("resources/subscribe");
    }();
    EXPECT_EQ(again->raw("params.uri"), "\"a:1\"");
    again->result("{}");
    w.call([&] { session->close(); });
}

TEST_F(era_change, a_definition_that_says_which_is_obeyed) {
    begin(vmcp::backend_era::modern);
    auto called = call();
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2026-07-28");
    refuse(asked, -32000, "I want a session");
    EXPECT_NE(get(std::move(called)).reply.find("I want a session"), std::string::npos);
    auto probing = probe();
    server.expect("server/discover")->answer(404, "");
    EXPECT_NE(get(std::move(probing)).met.what, health::finding::success);
    EXPECT_EQ(server.count("initialize"), 0U);
}

} // namespace
} // namespace wire
