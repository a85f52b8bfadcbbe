// A backend lists other things in the session of one client: that client, and it alone, sees and uses them.
#include "tests/wire/wire_test_world.hpp"

#include "auth/cedar/cedar_rules.hpp"

namespace wire {
namespace {

constexpr std::string_view changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
constexpr std::string_view list_tools = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";

std::string tools(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const auto& name : names)
        all.push_back(fmt::format(R"({{"name":"{}","inputSchema":{{"type":"object"}}}})", name));
    return fmt::format(R"({{"tools":[{}]}})", fmt::join(all, ","));
}

class own_lists : public one_backend {
protected:
    // A call in whose answer the backend says that its tools changed.
    void announce(const mcp_client& in) {
        auto call = in.start(tool_call("1", "b_t"));
        const auto asked = backend.expect("tools/call");
        asked->start_events();
        asked->event(changed);
        asked->event(response(asked->id(), "{}"));
        asked->end_events();
        ASSERT_EQ(call.response().body, response("1", "{}"));
    }
    // The lists are read on the session of that id.
    void read(std::string_view session_id, const std::vector<std::string>& names) {
        const auto asked = backend.expect("tools/list");
        EXPECT_EQ(asked->request.field("mcp-session-id"), session_id);
        asked->result(tools(names));
    }
    static std::string listed(const mcp_client& c) { return c.post(list_tools).body; }
};

TEST_F(own_lists, are_read_shown_to_that_client_and_used_by_it_alone) {
    start();
    auto one = client();
    const auto two = client();
    auto listens = one.listen();
    auto hears = listens.events();
    warm(one, "s-1");
    warm(two, "s-2");
    announce(one);
    read("s-1", {"t", "extra"});
    EXPECT_EQ(hears.message()->data, changed);
    EXPECT_EQ(listed(one), response("1", tools({"b_t", "b_extra"})));
    EXPECT_EQ(listed(two), response("1", tools({"b_t"})));

    auto call = one.start(tool_call("2", "b_extra"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->raw("params.name"), "\"extra\"");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "s-1");
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_THAT(two.post(tool_call("2", "b_extra")).body, testing::HasSubstr("-32602"));
    EXPECT_FALSE(backend.has("tools/call"));
    EXPECT_FALSE(backend.has("tools/list")) << "nobody else's session is read";

    announce(one);
    read("s-1", {"t"});
    EXPECT_EQ(hears.message()->data, changed);
    EXPECT_EQ(listed(one), response("1", tools({"b_t"})));
    EXPECT_THAT(one.post(tool_call("2", "b_extra")).body, testing::HasSubstr("-32602"));
}

TEST_F(own_lists, are_found_by_what_comes_outside_of_calls_too) {
    start({}, true);
    auto c = client();
    auto listens = c.listen();
    auto hears = listens.events();
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake("s-1");
    const auto stream = backend.expect("GET");
    stream->start_events();
    backend.expect("tools/call")->result("{}");
    ASSERT_EQ(call.response().status(), 200U);
    stream->event(changed);
    stream->event(changed);
    read("s-1", {"t", "extra"});
    EXPECT_EQ(hears.message()->data, changed);
    EXPECT_FALSE(backend.has("tools/list", 50ms)) << "both are one reading";
}

TEST_F(own_lists, that_are_as_everybodys_change_nothing) {
    start();
    auto c = client();
    auto listens = c.listen();
    auto events = listens.events();
    ASSERT_TRUE(events.next()); // the priming event
    warm(c, "s-1");
    announce(c);
    read("s-1", {"t"});
    EXPECT_FALSE(listens.raw().readable(100ms));
    EXPECT_EQ(listed(c), response("1", tools({"b_t"})));
}

TEST_F(own_lists, have_the_bound_of_everybodys) {
    start([](vmcp::config& s) { s.limits.max_list_entries = 2; });
    const auto c = client();
    warm(c, "s-1");
    announce(c);
    read("s-1", {"t", "second", "third"});
    EXPECT_TRUE(world::eventually([&] { return listed(c) == response("1", tools({"b_t", "b_second"})); }));
}

TEST_F(own_lists, are_read_for_one_session_of_a_backend_at_a_time) {
    start();
    const auto one = client();
    const auto two = client();
    warm(one, "s-1");
    warm(two, "s-2");
    announce(one);
    const auto first = backend.expect("tools/list");
    announce(two);
    EXPECT_FALSE(backend.has("tools/list", 150ms));
    first->result(tools({"t", "first"}));
    read("s-2", {"t", "second"});
    EXPECT_TRUE(world::eventually([&] { return listed(two).find("b_second") != std::string::npos; }));
    EXPECT_THAT(listed(one), testing::HasSubstr("b_first"));
}

TEST_F(own_lists, that_cannot_be_read_stay_as_they_were_and_are_asked_for_again) {
    start();
    auto c = client();
    auto listens = c.listen();
    auto hears = listens.events();
    warm(c, "s-1");
    announce(c);
    read("s-1", {"t", "extra"});
    EXPECT_EQ(hears.message()->data, changed);
    announce(c);
    backend.expect("tools/list")->answer(500, "");
    EXPECT_THAT(listed(c), testing::HasSubstr("b_extra"));
    read("s-1", {"t", "other"});
    EXPECT_EQ(hears.message()->data, changed);
    EXPECT_THAT(listed(c), testing::HasSubstr("b_other"));
}

// It has another session then, in which nothing was added yet.
TEST_F(own_lists, are_read_again_when_the_backend_forgot_the_session) {
    start();
    auto c = client();
    auto listens = c.listen();
    auto hears = listens.events();
    warm(c, "s-1");
    announce(c);
    read("s-1", {"t", "extra"});
    EXPECT_EQ(hears.message()->data, changed);
    auto call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->answer(404, "");
    backend.handshake("s-2");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    read("s-2", {"t"});
    EXPECT_EQ(hears.message()->data, changed);
    EXPECT_EQ(listed(c), response("1", tools({"b_t"})));
}

TEST_F(own_lists, are_not_read_for_a_client_that_has_gone) {
    start();
    const auto c = client();
    warm(c, "s-1");
    announce(c);
    (void)backend.expect("tools/list");
    EXPECT_EQ(c.remove().status(), 200U);
    backend.expect("DELETE")->answer(200, "");
    EXPECT_FALSE(backend.has("tools/list", 50ms));
}

TEST_F(own_lists, of_a_session_that_clients_share_are_nobodys) {
    start([](vmcp::config& s) { s.backends.front().sessions = vmcp::backend_session_mode::shared; });
    const auto c = client();
    warm(c, "s-1");
    announce(c);
    EXPECT_FALSE(backend.has("tools/list", 200ms));
    EXPECT_EQ(gateway->lists_changed(), 1U);
}

TEST_F(own_lists, policies_say_what_of_them_is_seen_and_used) {
    vmcp::config probe;
    probe.authz = {.cedar = true, .policies = {"permit(principal, action, resource);"}};
    if (!auth::make_rules(probe).value)
        GTEST_SKIP() << "built without the engine";
    start([](vmcp::config& s) {
        s.authz.cedar = true;
        s.authz.policies = {R"(permit(principal, action, resource) unless { resource == Tool::"b_extra" };)"};
    });
    const auto c = client();
    warm(c, "s-1");
    announce(c);
    read("s-1", {"t", "extra", "more"});
    EXPECT_TRUE(world::eventually([&] { return listed(c) == response("1", tools({"b_t", "b_more"})); }));
    EXPECT_THAT(c.post(tool_call("2", "b_extra")).body, testing::HasSubstr("Forbidden"));
    EXPECT_FALSE(backend.has("tools/call"));
}

} // namespace
} // namespace wire
