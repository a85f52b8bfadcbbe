// What the audit log is told of each message of a client, however it ends.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/audit.hpp"

#include <mutex>

namespace wire {
namespace {

using vmcp::audit_outcome;
using vmcp::audit_record;
using vmcp::audit_type;

class kept_records final : public vmcp::audit_sink {
public:
    [[nodiscard]] std::shared_ptr<const vmcp::audit_terms> terms() const override { return wanted.load(); }
    void record(audit_record record) override {
        const std::lock_guard hold(mutex_);
        all_.push_back(std::move(record));
    }
    [[nodiscard]] std::vector<audit_record> take() {
        const std::lock_guard hold(mutex_);
        return std::exchange(all_, {});
    }
    // The next record; without one in time, an empty one.
    audit_record next() {
        audit_record out;
        EXPECT_TRUE(world::eventually([&] {
            const std::lock_guard hold(mutex_);
            if (all_.empty())
                return false;
            out = std::move(all_.front());
            all_.erase(all_.begin());
            return true;
        }));
        return out;
    }

    vmcp::published<vmcp::audit_terms> wanted{std::make_shared<vmcp::audit_terms>()};

private:
    std::mutex mutex_{};
    std::vector<audit_record> all_{};
};

// "mcp_tool_call success b_t alice": what tells records apart.
std::string text_of(const audit_record& record) {
    return fmt::format("{} {} {} {}", vmcp::audit_type_words[static_cast<std::size_t>(record.type)],
                       vmcp::audit_outcome_words[static_cast<std::size_t>(record.outcome)],
                       record.name.empty() ? "-" : record.name,
                       record.from ? record.from->who.subject : "nobody");
}

class audited : public one_backend {
protected:
    ~audited() override { gateway.reset(); } // before what it records into

    void start(std::vector<std::string> policies = {}) {
        backend.refuse_streams = true;
        vmcp::config settings;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        settings.authz = {.cedar = !policies.empty(), .policies = std::move(policies)};
        gateway = std::make_unique<world>(settings, std::vector{fakes::tools("b", {"t"})}, 2U, &records);
    }
    // A client whose opening has been recorded, and whose way to the backend is warm.
    mcp_client entered(std::string token = {}, std::string_view version = "2025-11-25") {
        auto out = client(version, "{}", std::move(token));
        warm(out);
        (void)records.take();
        return out;
    }
    std::string next() { return text_of(records.next()); }

    kept_records records{};
};

constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

TEST_F(audited, every_step_of_a_client_is_a_record) {
    start();
    const auto c = client("2025-11-25", "{}", "alice");
    const auto opened = records.next();
    EXPECT_EQ(text_of(opened), "mcp_initialize success - alice");
    EXPECT_EQ(opened.http_method, "POST");
    EXPECT_EQ(opened.endpoint, "/mcp");
    EXPECT_EQ(opened.address, "127.0.0.1");
    EXPECT_FALSE(opened.client_name.empty());
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").status(), 202U);
    EXPECT_EQ(next(), "mcp_notification success - alice");
    warm(c);
    const auto called = records.next();
    EXPECT_EQ(text_of(called), "mcp_tool_call success b_t alice");
    EXPECT_EQ(called.method, "tools/call");
    EXPECT_EQ(called.backend, "b");
    EXPECT_EQ(called.session, c.session().substr(0, 8));
    EXPECT_GT(called.took.count(), 0);
    EXPECT_GT(called.answer_bytes, 0U);
    EXPECT_EQ(called.request.text + called.response.text, "") << "nobody asked for them";
    EXPECT_EQ(c.post(ping).status(), 200U);
    EXPECT_EQ(next(), "mcp_ping success - alice");
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":5,"result":{}})").status(), 202U);
    EXPECT_EQ(next(), "http_request success - alice");
    EXPECT_EQ(c.remove().status(), 200U);
    const auto ended = records.next();
    EXPECT_EQ(text_of(ended), "http_request success - alice");
    EXPECT_EQ(ended.http_method, "DELETE");
    EXPECT_EQ(c.post(ping).status(), 404U);
    const auto late = records.next();
    EXPECT_EQ(text_of(late), "mcp_ping failure - alice");
    EXPECT_EQ(late.reason, "session_not_found");
    EXPECT_EQ(late.error_code, -32001);
    EXPECT_TRUE(records.take().empty());
}

TEST_F(audited, a_stream_is_recorded_when_it_begins) {
    start();
    const auto c = entered();
    auto stream = c.listen();
    EXPECT_EQ(next(), "sse_connection success - anonymous");
}

TEST_F(audited, errors_are_told_apart) {
    start();
    const auto c = entered();
    EXPECT_EQ(c.post(tool_call("1", "b_none")).status(), 200U);
    const auto unknown = records.next();
    EXPECT_EQ(text_of(unknown), "mcp_tool_call application_error b_none anonymous");
    EXPECT_EQ(unknown.reason, "unknown_tool");
    auto failed = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result(R"({"content":[],"isError":true})");
    (void)failed.response();
    const auto tool_error = records.next();
    EXPECT_EQ(tool_error.outcome, audit_outcome::application_error);
    EXPECT_FALSE(tool_error.error_code);
    auto refused = c.start(tool_call("3", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->answer(200, R"({"jsonrpc":"2.0","id":)" + asked->id() + R"(,"error":{"code":-7,"message":"no"}})");
    (void)refused.response();
    const auto rpc_error = records.next();
    EXPECT_EQ(rpc_error.outcome, audit_outcome::application_error);
    EXPECT_EQ(rpc_error.error_code, -7);
    EXPECT_EQ(rpc_error.error_message, "no");
    EXPECT_EQ(rpc_error.reason, "") << "the backend's own";
    records.wanted.store(std::make_shared<vmcp::audit_terms>(vmcp::audit_terms{.detect_errors = false}));
    EXPECT_EQ(c.post(tool_call("4", "b_none")).status(), 200U);
    EXPECT_EQ(next(), "mcp_tool_call success b_none anonymous");
}

TEST_F(audited, who_is_not_let_in_is_denied) {
    start();
    const auto c = entered("alice");
    mcp_client bad(gateway->port(), "bad");
    EXPECT_EQ(bad.post(tool_call("1", "b_t")).status(), 401U);
    const auto denied = records.next();
    EXPECT_EQ(text_of(denied), "mcp_tool_call denied b_t nobody");
    EXPECT_EQ(denied.reason, "unauthorized");
    EXPECT_EQ(denied.credentials, std::vector<std::string>{"Bearer bad"});
    EXPECT_EQ(bad.get().status(), 401U);
    EXPECT_EQ(next(), "sse_connection denied - nobody");
    auto far = c.connect();
    far.send("POST", "Origin: https://evil.example\r\n", ping);
    EXPECT_EQ(far.response().status(), 403U);
    EXPECT_EQ(next(), "mcp_ping denied - nobody");
    EXPECT_EQ(c.post("{").status(), 400U);
    EXPECT_EQ(next(), "http_request failure - alice");
}

TEST_F(audited, what_policies_forbid_is_denied) {
    start({R"(permit(principal == Client::"alice", action, resource);)"});
    const auto c = entered("alice");
    auto other = client("2025-11-25", "{}", "bob");
    (void)records.take();
    (void)other.post(tool_call("1", "b_t"));
    const auto denied = records.next();
    EXPECT_EQ(text_of(denied), "mcp_tool_call denied b_t bob");
    EXPECT_EQ(denied.reason, "forbidden");
    EXPECT_EQ(denied.backend, "");
}

TEST_F(audited, each_message_of_a_batch_is_a_record) {
    start();
    const auto c = entered({}, "2025-03-26");
    auto call = c.start("[" + tool_call("1", "b_none") +
                        R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},)" +
                        std::string(ping).replace(17, 6, R"("id":9)") + "]");
    (void)call.response();
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
    std::vector<std::string> seen;
    for (const auto& one : records.take())
        seen.push_back(text_of(one));
    EXPECT_THAT(seen, testing::UnorderedElementsAre("mcp_tool_call application_error b_none anonymous",
                                                    "mcp_notification success - anonymous",
                                                    "mcp_ping success - anonymous"));
}

TEST_F(audited, only_what_is_wanted_is_recorded_and_no_more_of_it) {
    records.wanted.store(std::make_shared<vmcp::audit_terms>(
        vmcp::audit_terms{.types = 1U << static_cast<unsigned>(audit_type::mcp_ping),
                          .request_bytes = 20,
                          .response_bytes = 10}));
    start();
    const auto c = entered();
    EXPECT_EQ(c.post(ping).status(), 200U);
    const auto one = records.next();
    EXPECT_EQ(text_of(one), "mcp_ping success - anonymous");
    EXPECT_EQ(one.request.text, ping.substr(0, 20));
    EXPECT_TRUE(one.request.cut);
    EXPECT_EQ(one.response.text, R"({"jsonrpc")");
    EXPECT_TRUE(one.response.cut);
    EXPECT_TRUE(records.take().empty());
}

} // namespace
} // namespace wire
