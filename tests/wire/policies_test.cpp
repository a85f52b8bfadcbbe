// Callers under different policies, at one gateway.
#include "tests/wire/wire_test_world.hpp"

#include "auth/cedar/cedar_rules.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <mutex>
#include <utility>

namespace wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What was denied, as "type name subject".
class kept_denials final : public vmcp::audit_sink {
public:
    [[nodiscard]] std::shared_ptr<const vmcp::audit_terms> terms() const override { return terms_; }
    void record(vmcp::audit_record record) override {
        const std::lock_guard hold(mutex_);
        if (record.outcome == vmcp::audit_outcome::denied)
            all_.push_back(fmt::format("{} {} {}",
                                       vmcp::audit_type_words[static_cast<std::size_t>(record.type)],
                                       record.name, record.from->who.subject));
    }
    [[nodiscard]] std::vector<std::string> take() {
        const std::lock_guard hold(mutex_);
        return std::exchange(all_, {});
    }

private:
    const std::shared_ptr<const vmcp::audit_terms> terms_ = std::make_shared<vmcp::audit_terms>();
    std::mutex mutex_{};
    std::vector<std::string> all_{};
};

constexpr std::string_view list_tools = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";

class policies : public one_backend {
protected:
    ~policies() override { gateway.reset(); } // before what it records into

    void SetUp() override {
        vmcp::config probe;
        probe.authz = {.cedar = true, .policies = {"permit(principal, action, resource);"}};
        const auto made = auth::make_rules(probe);
        if (!made.value && made.problems.front().message.find("VMCP_WITH_CEDAR=OFF") != std::string::npos)
            GTEST_SKIP() << "built without the engine";
    }

    void start_with(std::vector<std::string> texts) {
        backend.refuse_streams = true;
        vmcp::config settings;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        settings.authz = {.cedar = true, .policies = std::move(texts)};
        auto lists = fakes::tools("b", {"read", "write"});
        lists.tools[0].raw =
            R"({"name":"read","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}})";
        lists.tools[1].raw =
            R"({"name":"write","inputSchema":{"type":"object","properties":{"to":{"x-mcp-header":"To"}}},"annotations":{"destructiveHint":true}})";
        lists.capabilities = R"({"tools":{},"prompts":{},"resources":{"subscribe":true}})";
        lists.prompts.push_back({"secret", R"({"name":"secret"})"});
        for (const std::string uri : {"file:///open", "file:///secret"})
            lists.resources.push_back({uri, R"({"name":"r","uri":")" + uri + "\"}"});
        lists.templates.push_back({"db:{row}", R"({"name":"t","uriTemplate":"db:{row}"})"});
        gateway = std::make_unique<world>(settings, std::vector{lists}, 2U, &denials);
    }

    // A request of the stateless revision. `params` are members beside _meta; `name` is Mcp-Name, where there is one.
    fakes::http_client stateless(std::string_view who, std::string_view method, std::string_view params = "",
                                 std::string_view name = "", std::string_view can = "{}") const {
        fakes::http_client out(gateway->port());
        out.send("POST",
                 fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n"
                             "Accept: application/json, text/event-stream\r\n"
                             "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {}\r\n{}{}{}"
                             "X-Request-Id: same\r\n",
                             who, method, name.empty() ? "" : "Mcp-Name: ", name, name.empty() ? "" : "\r\n"),
                 fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{{{}{}"_meta":{{)"
                             R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                             R"("io.modelcontextprotocol/clientCapabilities":{}}}}}}})",
                             method, params, params.empty() ? "" : ",", can));
        return out;
    }

    mcp_client client_of(std::string name) const { return client("2025-11-25", "{}", std::move(name)); }

    // The error of a call that must not reach the backend.
    static std::string refusal(const mcp_client& client, std::string_view tool) {
        const auto answer = client.post(tool_call("5", tool));
        EXPECT_EQ(answer.status(), 403U);
        EXPECT_THAT(answer.body, HasSubstr(denial)) << "the JSON-RPC answer to the request, too";
        return answer.body;
    }

    static constexpr auto denial =
        R"("id":5,"error":{"code":403,"message":"Forbidden: call denied by authorization policy")";
    kept_denials denials{};
};

const std::string readers =
    R"(permit(principal, action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };)";
const std::string alice_all = R"(permit(principal == Client::"alice", action, resource);)";

TEST_F(policies, two_users_see_different_lists_and_may_call_what_they_see) {
    start_with({readers, alice_all});
    const auto alice = client_of("alice");
    const auto bob = client_of("bob");
    for (int round = 0; round < 2; ++round) { // the second time from what was kept
        const auto all = alice.post(list_tools).body;
        EXPECT_THAT(all, HasSubstr("b_read"));
        EXPECT_THAT(all, HasSubstr("b_write"));
        const auto some = bob.post(list_tools).body;
        EXPECT_THAT(some, HasSubstr("b_read"));
        EXPECT_THAT(some, Not(HasSubstr("b_write")));
    }
    auto call = alice.start(tool_call("2", "b_write"));
    backend.handshake();
    backend.expect("tools/call")->result(R"({"content":[]})");
    EXPECT_EQ(call.response().status(), 200U);
    (void)refusal(bob, "b_write");
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

// Without the id of the request, which each answer has for itself.
std::string words_of(const std::string& body) {
    return body.substr(0, body.find("\"requestId\""));
}

TEST_F(policies, a_hidden_name_answers_like_an_absent_one) {
    start_with({readers});
    const auto bob = client_of("bob");
    auto hidden = refusal(bob, "b_write");
    auto absent = refusal(bob, "b_wrote");
    EXPECT_EQ(words_of(hidden), words_of(absent));
    EXPECT_THAT(hidden, Not(HasSubstr("write")));
    for (const auto* method : {"prompts/get", "completion/complete"}) {
        const auto answer = bob.post(fmt::format(
            R"({{"jsonrpc":"2.0","id":5,"method":"{}","params":{{"name":"x","ref":{{"type":"ref/prompt","name":"x"}},"argument":{{"name":"a","value":""}}}}}})",
            method));
        EXPECT_EQ(words_of(answer.body), words_of(absent)) << method;
    }
}

// Nor by what this revision wants repeated in header fields (MCP 2026-07-28, basic/transports/streamable-http).
TEST_F(policies, a_hidden_tool_is_not_told_by_what_its_header_fields_should_be) {
    start_with({readers, alice_all});
    const auto answer_to = [&](std::string_view who, std::string_view tool) {
        fakes::http_client connection(gateway->port());
        connection.send(
            "POST",
            fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n"
                        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n"
                        "X-Request-Id: same\r\n",
                        who, tool),
            fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{}",)"
                        R"("arguments":{{"to":"x"}},"_meta":{{"io.modelcontextprotocol/protocolVersion":)"
                        R"("2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}})",
                        tool));
        const auto answer = connection.response();
        return fmt::format("{} {}", answer.status(), answer.body);
    };
    EXPECT_THAT(answer_to("alice", "b_write"), HasSubstr("Mcp-Param-To is missing"));
    EXPECT_EQ(answer_to("bob", "b_write"), answer_to("bob", "b_never"));
}

TEST_F(policies, new_ones_hold_for_sessions_that_are_open) {
    start_with({readers});
    const auto bob = client_of("bob");
    EXPECT_THAT(bob.post(list_tools).body, HasSubstr("b_read"));
    gateway->use_policies({R"(permit(principal, action, resource == Tool::"b_write");)"});
    const auto after = bob.post(list_tools).body;
    EXPECT_THAT(after, Not(HasSubstr("b_read")));
    EXPECT_THAT(after, HasSubstr("b_write"));
    (void)refusal(bob, "b_read");
}

TEST_F(policies, decide_about_the_arguments_of_a_call) {
    start_with({R"(permit(principal, action, resource) when { context.arg_city == "Bern" };)"});
    const auto bob = client_of("bob");
    EXPECT_THAT(bob.post(list_tools).body, HasSubstr(R"("tools":[])")) << "nobody can say yet which city";
    const auto with_city = [](std::string_view city) {
        return fmt::format(
            R"({{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"b_read","arguments":{{"city":"{}"}}}}}})",
            city);
    };
    auto call = bob.start(with_city("Bern"));
    backend.handshake();
    backend.expect("tools/call")->result(R"({"content":[]})");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_THAT(bob.post(with_city("Basel")).body, HasSubstr("error"));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

TEST_F(policies, a_stream_that_has_begun_carries_the_denial) {
    start_with({readers});
    const auto bob = client("2025-03-26", "{}", "bob");
    auto batch = bob.start("[" + tool_call("5", "b_write") + "]");
    EXPECT_EQ(batch.head().status(), 200U);
    auto events = batch.events();
    EXPECT_THAT(events.message()->data, HasSubstr(denial));
}

const std::string all_but_the_secret = R"(forbid(principal == Client::"bob", action, resource) when {
    resource == Resource::"file:///secret" || resource == Resource::"db:{row}" || resource == Resource::"db:secret" ||
    resource == Prompt::"b_secret" || resource == Tool::"b_write" };)";
const std::string everything = "permit(principal, action, resource);";

TEST_F(policies, no_spelling_of_a_uri_gets_past_them) {
    start_with({everything, all_but_the_secret});
    const auto bob = client_of("bob");
    for (const auto* uri :
         {"file:///secret", "FILE:///secret", "file:///s%65cret", "file:///x/../secret",
          "mcp+b:file:///secret", "db:secret", "DB:secret", "db:s%65cret", "mcp+b:db:secret"})
        for (const auto* method : {"resources/read", "resources/subscribe", "resources/unsubscribe"}) {
            const auto answer = bob.post(fmt::format(
                R"({{"jsonrpc":"2.0","id":5,"method":"{}","params":{{"uri":"{}"}}}})", method, uri));
            EXPECT_EQ(answer.status(), 403U) << method << " " << uri;
            EXPECT_THAT(answer.body, HasSubstr(denial)) << method << " " << uri;
        }
    EXPECT_FALSE(backend.has("initialize", 50ms)) << "nobody was asked";
    auto read = bob.start(
        R"({"jsonrpc":"2.0","id":5,"method":"resources/read","params":{"uri":"FILE:///x/../op%65n"}})");
    backend.handshake();
    const auto asked = backend.expect("resources/read");
    EXPECT_EQ(asked->raw("params.uri"), R"("file:///open")");
    asked->result(R"({"contents":[]})");
    EXPECT_EQ(read.response().status(), 200U);
}

TEST_F(policies, two_stateless_users_see_and_use_different_things) {
    start_with({everything, all_but_the_secret});
    const std::pair<std::string_view, std::string_view> lists[] = {
        {"tools/list", R"("name":"b_write")"},
        {"resources/list", R"("uri":"file:///secret")"},
        {"resources/templates/list", R"("uriTemplate":"db:{row}")"},
        {"prompts/list", R"("name":"b_secret")"},
    };
    for (const auto& [method, hidden] : lists) {
        const auto alice = stateless("alice", method).response();
        const auto bob = stateless("bob", method).response();
        EXPECT_THAT(alice.body, HasSubstr(hidden));
        EXPECT_THAT(bob.body, Not(HasSubstr(hidden)));
        for (const auto* answer : {&alice, &bob}) {
            EXPECT_EQ(answer->status(), 200U) << method;
            EXPECT_THAT(answer->body, HasSubstr(R"("cacheScope":"private")")) << method;
        }
    }
    struct {
        std::string_view method;
        std::string_view params;
        std::string_view name;
        std::string_view sent; // what the backend is asked about
    } const uses[] = {
        {"tools/call", R"("name":"b_write","arguments":{})", "b_write", R"("write")"},
        {"prompts/get", R"("name":"b_secret")", "b_secret", R"("secret")"},
        {"resources/read", R"("uri":"file:///secret")", "file:///secret", R"("file:///secret")"},
        {"resources/read", R"("uri":"FILE:///s%65cret")", "FILE:///s%65cret", R"("file:///secret")"},
        {"resources/read", R"("uri":"db:s%65cret")", "db:s%65cret", R"("db:s%65cret")"},
        {"completion/complete",
         R"("ref":{"type":"ref/prompt","name":"b_secret"},"argument":{"name":"a","value":""})", "",
         R"({"type":"ref/prompt","name":"secret"})"},
        {"completion/complete",
         R"("ref":{"type":"ref/resource","uri":"db:{row}"},"argument":{"name":"a","value":""})", "",
         R"({"type":"ref/resource","uri":"db:{row}"})"},
    };
    bool greeted = false;
    for (const auto& use : uses) {
        const auto refused = stateless("bob", use.method, use.params, use.name).response();
        EXPECT_EQ(refused.status(), 403U) << use.method << use.params;
        EXPECT_THAT(refused.body, HasSubstr(R"("error":{"code":403,)")) << use.method << use.params;
        EXPECT_FALSE(backend.has(use.method, 20ms)) << use.params;
        auto allowed = stateless("alice", use.method, use.params, use.name);
        if (!std::exchange(greeted, true))
            backend.handshake();
        const auto asked = backend.expect(use.method);
        const auto about = asked->raw("params.name") + asked->raw("params.uri") + asked->raw("params.ref");
        EXPECT_EQ(about, use.sent);
        asked->result(R"({"content":[],"contents":[],"messages":[],"completion":{"values":[]}})");
        EXPECT_EQ(allowed.response().status(), 200U) << use.method << use.params;
    }
}

TEST_F(policies, a_stateless_subscription_leaves_out_what_is_denied_and_the_audit_log_tells_of_it) {
    start_with({everything, all_but_the_secret});
    auto stream = stateless("bob", "subscriptions/listen",
                            R"("notifications":{"toolsListChanged":true,"resourceSubscriptions":)"
                            R"(["file:///secret","FILE:///s%65cret"]})");
    ASSERT_EQ(stream.head().status(), 200U);
    auto events = stream.events();
    EXPECT_THAT(events.message()->data, HasSubstr(R"("notifications":{"toolsListChanged":true}})"));
    EXPECT_FALSE(backend.has("initialize", 20ms));
    EXPECT_THAT(denials.take(), testing::UnorderedElementsAre("mcp_request file:///secret bob",
                                                              "mcp_request FILE:///s%65cret bob"));
}

// A call that waits for its client waits for one that still may make it.
TEST_F(policies, a_stateless_call_that_was_parked_goes_on_only_where_the_new_ones_permit_it) {
    start_with({everything});
    const auto ask = [&](std::string_view more) {
        return stateless("bob", "tools/call", fmt::format(R"("name":"b_read","arguments":{{}}{})", more),
                         "b_read", R"({"elicitation":{}})");
    };
    auto first = ask("");
    backend.handshake();
    const auto called = backend.expect("tools/call");
    called->start_events();
    called->event(R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"m"}})");
    const auto parked = first.response();
    const auto result = vmcp::json_member(parked.body, "result", 100).raw;
    const auto state = vmcp::json_member(result, "requestState", 100).raw;
    ASSERT_FALSE(state.empty()) << parked.body;
    const auto retry =
        fmt::format(R"(,"requestState":{},"inputResponses":{{"q1":{{"action":"accept"}}}})", state);

    gateway->use_policies(
        {everything, R"(forbid(principal == Client::"bob", action, resource == Tool::"b_read");)"});
    auto refused = ask(retry);
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("result"), R"({"action":"cancel"})") << "not what the client accepted";
    answer->accept();
    const auto denied = refused.response();
    EXPECT_EQ(denied.status(), 403U);
    EXPECT_THAT(denied.body, HasSubstr(R"("error":{"code":403,)"));
    EXPECT_THAT(denials.take(), ElementsAre("mcp_tool_call b_read bob"));
    backend.expect("notifications/cancelled")->accept();

    gateway->use_policies({everything});
    EXPECT_EQ(ask(retry).response().status(), 200U);
    EXPECT_FALSE(backend.has("tools/call", 20ms)) << "it has ended";
}

} // namespace
} // namespace wire
