// While a token endpoint does not answer: calls end when their clients give them up or their time is over, and hold up
// nobody else.
#include "tests/wire/back_world.hpp"

namespace wire {
namespace {

class credential_waits : public back_world {
protected:
    void start_with_one_place(session_mode mode) {
        start(mode, [](vmcp::backend_config& definition) { definition.max_concurrency = 1; });
    }

    // From now on `subject` gets none.
    void hang(std::string subject) {
        w.call([&] {
            tokens->hangs = [subject](const vmcp::caller* who, int) {
                return who != nullptr && who->who.subject == subject;
            };
        });
    }
    void cancel_latest() {
        w.call([this] { latest->cancel(R"("no more")"); });
    }
    void wait_for_asked(int most) {
        ASSERT_TRUE(fakes::world::eventually([&] { return tokens->asked >= most; }));
    }
    [[nodiscard]] bool is_free() const { return backend->calls_running() == 0; }
};

TEST_F(credential_waits, a_call_that_is_given_up_leaves_its_place_at_once) {
    for (const auto mode : {session_mode::dedicated, session_mode::shared}) {
        start_with_one_place(mode);
        const auto bob = session("bob");
        warm("bob", bob, "of-bob");
        hang("alice");
        const int before = tokens->asked;
        auto called = call("alice", session("alice"));
        wait_for_asked(before + 1);
        EXPECT_FALSE(is_free());
        cancel_latest();
        const auto end = get(std::move(called));
        ASSERT_TRUE(end.why);
        EXPECT_EQ(end.why->code, vmcp::errc::cancelled);
        EXPECT_TRUE(is_free());

        auto next = call("bob", bob);
        server.expect("tools/call")->result("{}");
        EXPECT_FALSE(get(std::move(next)).why);
    }
    EXPECT_FALSE(server.has("initialize", 30ms));
}

TEST_F(credential_waits, so_does_one_whose_time_is_over_and_the_backend_is_not_blamed) {
    for (const auto mode : {session_mode::dedicated, session_mode::shared}) {
        start_with_one_place(mode);
        const auto alice = session("alice");
        warm("alice", alice, "of-alice");
        hang("alice");
        auto settings = backend->config();
        settings.timeout = 50ms;
        w.call([&] { backend->adjust(settings); });
        const auto end = get(call("alice", alice));
        ASSERT_TRUE(end.why);
        EXPECT_EQ(end.why->code, vmcp::errc::backend_timeout);
        EXPECT_THAT(end.why->detail, testing::HasSubstr("credential did not come in time"));
        EXPECT_TRUE(guard->last_met().without_credential);
        EXPECT_TRUE(is_free());
        w.call([&] { tokens->hangs = {}; });
    }
    EXPECT_FALSE(server.has("tools/call", 30ms));
}

// Nothing was sent, so there is nothing to take back; and the session is as good as before.
TEST_F(credential_waits, the_session_goes_on_as_if_the_call_had_not_been) {
    start_with_one_place(session_mode::dedicated);
    const auto alice = session("alice");
    warm("alice", alice, "of-alice");
    hang("alice");
    const int before = tokens->asked;
    auto called = call("alice", alice);
    wait_for_asked(before + 1);
    cancel_latest();
    EXPECT_EQ(get(std::move(called)).why->code, vmcp::errc::cancelled);
    EXPECT_FALSE(server.has("notifications/cancelled", 30ms));
    w.call([&] { tokens->hangs = {}; });
    called = call("alice", alice);
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "of-alice");
    asked->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
}

// A request that was sent and whose answer broke off: the backend is told that nobody waits for it.
TEST_F(credential_waits, a_call_that_is_being_resumed_is_taken_back) {
    start_with_one_place(session_mode::dedicated);
    const auto alice = session("alice");
    warm("alice", alice, "of-alice");
    auto called = call("alice", alice);
    const auto asked = server.expect("tools/call");
    const int before = tokens->asked;
    w.call([&] { tokens->hangs = [before](const vmcp::caller*, int nth) { return nth == before + 1; }; });
    asked->start_events();
    asked->piece("id: 1\nretry: 50\ndata:\n\n");
    asked->end_events();
    wait_for_asked(before + 1);
    cancel_latest();
    EXPECT_EQ(get(std::move(called)).why->code, vmcp::errc::cancelled);
    const auto told = server.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    told->accept();
}

TEST_F(credential_waits, a_session_that_ends_does_not_wait_for_its_streams_credential) {
    start();
    tokens->hangs = [](const vmcp::caller*, int nth) { return nth == 3; }; // after initialize and initialized
    auto alice = session("alice", R"({"roots":{}})");
    auto called = call("alice", alice);
    server.handshake("s");
    wait_for_asked(3);
    server.expect("tools/call")->result("{}"); // which waits a moment for the stream
    EXPECT_FALSE(get(std::move(called)).why);
    const std::weak_ptr<vmcp::backend_session> watched = w.call([&] { return backend->session_for(alice); });
    w.call([&] { alice->close(); });
    server.expect("DELETE")->answer(200, "");
    EXPECT_TRUE(fakes::world::eventually([&] { return watched.expired(); }));
    EXPECT_FALSE(server.has("GET", 30ms));
}

} // namespace
} // namespace wire
