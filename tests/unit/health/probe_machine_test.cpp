// One probe after the other against scripted servers: which requests go out, over which streams, what is
// concluded.
#include "health/probe_machine.hpp"
#include "probe_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace health::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using lines = std::vector<std::string>;

probe_options plain() {
    probe_options options;
    options.client_version = "1.2";
    return options;
}

probe_memory session(std::string id, std::uint64_t next_id = 7) {
    return {era::legacy, std::move(id), "2025-06-18", next_id};
}

TEST(probe, of_an_unknown_backend_initializes_and_opens_a_session) {
    legacy_server server;
    network net;
    net.server = std::ref(server);
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read",
                              "send notifications/initialized in s-1", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.met.latency, microseconds{6'000});
    EXPECT_EQ(ran.result.met.peer, "10.0.0.3:8080");
    EXPECT_EQ(ran.result.memory, (probe_memory{era::legacy, "s-1", "2025-06-18", 2}));
    EXPECT_EQ(ran.result.revision, "2025-06-18");
    EXPECT_THAT(ran.result.opened, HasSubstr(R"("protocolVersion":"2025-06-18")"));
    EXPECT_FALSE(ran.result.reinitialised);
    EXPECT_EQ(run(probe_machine(plain(), ran.result.memory), net).result.opened, "")
        << "it goes on in that one";
}

TEST(probe, sends_the_headers_of_each_step) {
    legacy_server server;
    network net;
    net.server = std::ref(server);
    const auto ran = run(probe_machine(plain(), {}), net);
    ASSERT_EQ(ran.requests.size(), 2U);
    EXPECT_EQ(
        ran.requests[0],
        (probe_request{probe_step::initialize, "POST", "", "", "",
                       R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
                       R"("2025-11-25","capabilities":{},"clientInfo":{"name":"vmcp","version":"1.2"}}})"}));
    EXPECT_EQ(ran.requests[1], (probe_request{probe_step::initialized, "POST", "s-1", "2025-06-18", "",
                                              R"({"jsonrpc":"2.0","method":"notifications/initialized"})"}));
    EXPECT_EQ(make_request(probe_step::discover, 3, "s", "2025-06-18", "1.2"),
              (probe_request{probe_step::discover, "POST", "", "2026-07-28", "server/discover",
                             R"({"jsonrpc":"2.0","id":3,"method":"server/discover","params":{"_meta":{)"
                             R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                             R"("io.modelcontextprotocol/clientInfo":{"name":"vmcp","version":"1.2"},)"
                             R"("io.modelcontextprotocol/clientCapabilities":{}}}})"}));
}

TEST(probe, of_a_known_legacy_backend_is_one_ping) {
    legacy_server server;
    server.live = {"s-1"};
    network net;
    net.server = std::ref(server);
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send ping in s-1", "read", "finish"}));
    EXPECT_EQ(ran.requests[0].body, R"({"jsonrpc":"2.0","id":7,"method":"ping"})");
    EXPECT_EQ(ran.requests[0].protocol_version, "2025-06-18");
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory, session("s-1", 8));
    EXPECT_EQ(ran.result.revision, "2025-06-18");
}

TEST(probe, of_a_server_without_ping_is_still_a_success) {
    network net;
    net.server = [](const probe_request& r) { return error_answer(r, -32601, "Method not found"); };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.requests.size(), 1U);
}

// So is any error of the application: a session is not opened anew for it.
TEST(probe, takes_an_error_with_its_id_for_an_answer) {
    network net;
    net.server = [](const probe_request& r) { return error_answer(r, -32603, "not implemented"); };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.memory.session_id, "s-1");
    EXPECT_FALSE(ran.result.reinitialised);
}

// Credentials go to the configured URL only, so it is not followed; people have to read where it points.
TEST(probe, names_where_a_redirect_points) {
    probe_answer moved = http(307);
    moved.location = "/mcp/";
    network net;
    net.server = [&](const probe_request&) { return reply{moved}; };
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::http_status);
    EXPECT_NE(describe(ran.result.met, "http://b1/mcp")
                  .find("HTTP 307, empty body; it redirects to /mcp/, which is "),
              std::string::npos)
        << describe(ran.result.met, "http://b1/mcp");
}

TEST(probe, follows_one_redirect_within_the_origin) {
    legacy_server server;
    network net;
    net.server = [&](const probe_request& r) -> reply {
        if (r.target == "/mcp/")
            return server(r);
        probe_answer moved = http(307);
        moved.location = moved.moved_to = "/mcp/";
        return moved;
    };
    auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log,
              (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read", "send initialize", "read",
                     "send notifications/initialized in s-1", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory.target, "/mcp/");
    ran = run(probe_machine(plain(), ran.result.memory), net);
    EXPECT_EQ(ran.requests.size(), 1U) << "it knows the way";
    EXPECT_EQ(ran.result.met.what, finding::success);

    net.server = [&](const probe_request& r) -> reply {
        probe_answer moved = http(308);
        moved.location = moved.moved_to = r.target + "/x";
        return moved;
    };
    ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.requests.size(), 2U);
    EXPECT_EQ(ran.result.met.what, finding::http_status);
    EXPECT_THAT(describe(ran.result.met, "http://b1/mcp"), HasSubstr("it redirects to /x/x"));
}

TEST(probe, offers_older_revisions_to_a_server_that_refuses_the_newest) {
    const auto offers = [](const run_of_probe& ran) {
        lines out;
        for (const auto& r : ran.requests)
            if (r.step == probe_step::initialize)
                out.push_back(r.body.substr(r.body.find("20", r.body.find("protocolVersion")), 10));
        return out;
    };
    legacy_server server;
    server.version = "2025-03-26";
    network net;
    std::string refusal;
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::initialize && r.body.find("2025-03-26") == std::string::npos)
            return http(400, "text/plain", refusal);
        return server(r);
    };
    for (const auto& [text, offered] :
         {std::pair<std::string, lines>{"", {"2025-11-25", "2025-06-18", "2025-03-26"}},
          {"Unsupported protocol version (supported: 2025-03-26, 2024-11-05)",
           {"2025-11-25", "2025-03-26"}}}) {
        refusal = text;
        const auto ran = run(probe_machine(plain(), {}), net);
        EXPECT_EQ(ran.result.met.what, finding::success) << text;
        EXPECT_EQ(ran.result.revision, "2025-03-26");
        EXPECT_EQ(offers(ran), offered) << text;
    }
    // In JSON-RPC, with the revisions that there are.
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::initialize && r.body.find("2025-03-26") == std::string::npos)
            return error_answer(r, -32602, "Unsupported protocol version", 200,
                                R"({"supported":["2025-03-26"]})");
        return server(r);
    };
    auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(offers(ran), (lines{"2025-11-25", "2025-03-26"}));
    // An error that does not say why: first it is asked whether it speaks the modern era only.
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::initialize && r.body.find("2025-06-18") == std::string::npos)
            return error_answer(r, -32600, "Invalid Request", 400);
        return server(r);
    };
    ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read",
                              "send server/discover", "read", "send initialize", "read",
                              "send notifications/initialized in s-1", "read", "finish"}));
}

// Some servers take any revision in initialize, and refuse it in the header field of what follows.
TEST(probe, offers_an_older_revision_when_initialized_is_refused) {
    legacy_server server;
    network net;
    net.server = [&](const probe_request& r) -> reply {
        server.version = r.body.find("2025-11-25") != std::string::npos ? "2025-11-25" : "2025-06-18";
        if (r.step == probe_step::initialized && r.protocol_version == "2025-11-25")
            return http(400, "text/plain", "Bad Request: Unsupported protocol version");
        if (r.step == probe_step::initialize)
            server.session = "s-" + server.version;
        return server(r);
    };
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read",
                              "send notifications/initialized in s-2025-11-25", "read",
                              "send DELETE in s-2025-11-25", "read", "send initialize", "read",
                              "send notifications/initialized in s-2025-06-18", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.revision, "2025-06-18");
    EXPECT_EQ(server.live, lines{"s-2025-06-18"}) << "what is given up is ended";
}

TEST(probe, skips_a_byte_order_mark) {
    network net;
    net.server = [server = legacy_server()](const probe_request& r) mutable -> reply {
        auto answer = server(r);
        if (auto* const http = std::get_if<probe_answer>(&answer); http && !http->body.empty())
            http->body.insert(0, "\xEF\xBB\xBF");
        return answer;
    };
    EXPECT_EQ(run(probe_machine(plain(), {}), net).result.met.what, finding::success);
}

// Whatever a server calls a lost session, the same probe opens a new one.
TEST(probe, opens_a_lost_session_again) {
    const std::vector<probe_answer> variants{
        http(404, "application/json",
             R"({"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"}})"),
        http(404),
        http(404, "text/html", "<html>nothing here</html>"),
        http(
            400, "application/json",
            R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null})"),
        http(400, "text/plain", "Could not find session ID"),
        http(401, "text/plain", "session expired"),
        http(503, "text/plain", "no such session"),
        http(200, "application/json", R"({"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"gone"}})"),
        http(200, "application/json",
             R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"not initialized"}})"),
        http(200, "text/html", "<html></html>"),
    };
    for (const probe_answer& lost : variants) {
        legacy_server server;
        server.session = "s-2";
        network net;
        net.server = [&](const probe_request& r) {
            return r.step == probe_step::ping ? reply{lost} : server(r);
        };
        const auto ran = run(probe_machine(plain(), session("s-1")), net);
        EXPECT_EQ(ran.log,
                  (lines{"resolve", "connect 10.0.0.3:8080", "send ping in s-1", "read", "send initialize",
                         "read", "send notifications/initialized in s-2", "read", "finish"}))
            << lost.status << lost.body;
        EXPECT_EQ(ran.result.met.what, finding::success);
        EXPECT_TRUE(ran.result.reinitialised);
        EXPECT_EQ(ran.result.lost_session,
                  lost.status == 404 ? "s-1" : ""); // nobody else said that it is gone
        EXPECT_EQ(ran.result.memory, (probe_memory{era::legacy, "s-2", "2025-06-18", 2}));
    }
}

TEST(probe, believes_429_and_does_not_initialize_into_a_rate_limit) {
    network net;
    net.server = [](const probe_request&) { return http(429, "text/plain", "slow down"); };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.met.what, finding::http_status);
    EXPECT_EQ(ran.result.met.status, 429U);
    EXPECT_EQ(ran.result.memory.session_id, "s-1");
}

TEST(probe, forgets_the_era_when_the_new_session_is_refused) {
    network net;
    net.server = [](const probe_request&) { return http(404, "text/html", "<html>404</html>"); };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.result.met.what, finding::http_status);
    EXPECT_EQ(ran.result.met.method, "initialize");
    EXPECT_EQ(ran.result.memory.proved, era::unknown);
    EXPECT_EQ(ran.result.memory.session_id, "");
}

TEST(probe, keeps_the_session_when_the_network_fails) {
    network net;
    net.connect = [](const std::string&) { return problem(finding::refused); };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::refused);
    EXPECT_EQ(ran.result.met.where, stage::connect);
    EXPECT_EQ(ran.result.memory, session("s-1"));
}

// A 4xx alone says nothing about the era, so nothing more is asked, and nothing is kept.
TEST(probe, draws_no_conclusion_from_a_4xx) {
    for (const unsigned status : {400U, 404U, 405U, 406U, 410U, 418U, 307U, 500U, 502U, 503U, 429U}) {
        for (const char* body : {"", "<html>x</html>", "not found", R"({"detail":"x"})"}) {
            network net;
            net.server = [&](const probe_request&) { return http(status, "text/plain", body); };
            const auto ran = run(probe_machine(plain(), {}), net);
            // 400 may be meant for the revision: the older ones are offered.
            EXPECT_EQ(ran.requests.size(), status == 400U ? 4U : 1U) << status << body;
            for (const auto& asked : ran.requests)
                EXPECT_EQ(asked.step, probe_step::initialize);
            EXPECT_EQ(ran.result.met.what, finding::http_status) << status << body;
            EXPECT_EQ(ran.result.met.status, status);
            EXPECT_EQ(ran.result.memory.proved, era::unknown);
            EXPECT_EQ(ran.result.revision, "");
        }
    }
}

TEST(probe, reports_a_backend_that_speaks_only_the_modern_era) {
    // Named in the refusal itself.
    network net;
    net.server = [](const probe_request& r) {
        return error_answer(r, -32022, "Unsupported protocol version", 400,
                            R"({"supported":["2026-07-28"]})");
    };
    auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.met.what, finding::modern_only);
    EXPECT_EQ(ran.result.revision, "2026-07-28");
    EXPECT_EQ(ran.result.memory.proved, era::unknown);
    EXPECT_THAT(describe(ran.result.met, "http://b/mcp"),
                HasSubstr("speaks only 2026-07-28, and its definition does not say era: auto or modern"));

    // Refused as an unknown method, and then proved by server/discover.
    net.server = [](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(
                r, R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{}})");
        return error_answer(r, -32601, "Method not found", 404);
    };
    ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read",
                              "send server/discover", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::modern_only);
}

TEST(probe, asks_discover_only_after_a_json_rpc_refusal_and_then_blames_initialize) {
    network net;
    net.server = [](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return http(404, "text/html", "<html></html>");
        return error_answer(r, -32603, "the inner server died");
    };
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.requests.size(), 2U);
    EXPECT_EQ(ran.result.met.what, finding::rpc_error);
    EXPECT_EQ(ran.result.met.rpc_code, -32603);
    EXPECT_EQ(ran.result.met.method, "initialize");
    EXPECT_EQ(describe(ran.result.met, "http://b/mcp"),
              "http://b/mcp: 10.0.0.3:8080 refused initialize (HTTP 200, JSON-RPC error -32603: the inner "
              "server died)");
}

TEST(probe, uses_a_backend_of_both_eras_as_a_legacy_one) {
    legacy_server server;
    network net;
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(r, R"({"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{}})");
        return server(r);
    };
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory.proved, era::legacy);
    EXPECT_EQ(ran.requests.size(), 2U);
}

TEST(probe, where_modern_backends_are_routed_to_asks_discover_first) {
    probe_options both = plain();
    both.routes_modern = true;
    network net;
    net.server = [](const probe_request& r) -> reply {
        return result_answer(r, R"({"supportedVersions":["2026-07-28"],"capabilities":{}})");
    };
    auto ran = run(probe_machine(both, {}), net);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.revision, "2026-07-28");
    ASSERT_EQ(ran.result.memory.proved, era::modern);

    // The next probe asks the same again; a legacy server that took its place is found by the same probe.
    legacy_server server;
    net.server = std::ref(server);
    ran = run(probe_machine(both, ran.result.memory), net);
    EXPECT_EQ(ran.log,
              (lines{"resolve", "connect 10.0.0.3:8080", "send server/discover", "read", "send initialize",
                     "read", "send notifications/initialized in s-1", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_EQ(ran.result.memory.proved, era::legacy);

    // No verdict from 5xx, 429 and 401.
    for (const unsigned status : {500U, 503U, 429U, 401U, 403U}) {
        net.server = [&](const probe_request&) { return http(status); };
        ran = run(probe_machine(both, {}), net);
        EXPECT_EQ(ran.requests.size(), 1U) << status;
        EXPECT_EQ(ran.result.memory.proved, era::unknown);
    }
}

TEST(probe, finds_a_modern_server_in_the_place_of_a_legacy_one) {
    network net;
    net.server = [](const probe_request& r) -> reply {
        if (r.step == probe_step::discover)
            return result_answer(r, R"({"supportedVersions":["2026-07-28"]})");
        return error_answer(r, -32602, "missing _meta", 400);
    };
    const auto ran = run(probe_machine(plain(), session("s-1")), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send ping in s-1", "read",
                              "send initialize", "read", "send server/discover", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::modern_only);
}

TEST(probe, reports_auth_with_and_without_credentials) {
    for (const unsigned status : {401U, 403U}) {
        for (const bool credentials : {false, true}) {
            probe_options options = plain();
            options.credentials_configured = credentials;
            options.secrets = {"sk-12345"};
            network net;
            net.server = [&](const probe_request&) {
                return http(status, "text/plain", "bad key sk-12345\r\n");
            };
            const auto ran = run(probe_machine(options, {}), net);
            EXPECT_EQ(ran.result.met.what, finding::auth_needed);
            const std::string text = describe(ran.result.met, "http://b/mcp");
            EXPECT_THAT(
                text, HasSubstr(credentials ? "refused the configured credentials" : "wants authentication"));
            EXPECT_THAT(text, HasSubstr(std::to_string(status)));
            EXPECT_THAT(text, HasSubstr("bad key ***"));
            EXPECT_THAT(text, Not(HasSubstr("sk-12345")));
        }
    }
}

TEST(probe, refuses_what_is_not_mcp) {
    struct row {
        probe_answer answer;
        std::string says;
    };
    probe_answer endless = http(200, "application/json", "{\"jsonrpc\":");
    endless.truncated = true;
    probe_answer bad_session = http(200, "application/json",
                                    R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}})");
    bad_session.session_id = "two words";
    const std::vector<row> rows{
        {http(200, "text/html", "<html>login</html>"), "html body: <html>login</html>"},
        {http(200, "application/json", R"({"ok":true})"), "json body: {\"ok\":true}"},
        {http(200, "text/plain", ""), "empty body"},
        {http(204), "empty body"},
        {http(200, "application/json",
              R"({"jsonrpc":"2.0","id":9,"result":{"protocolVersion":"2025-06-18"}})"),
         "id"},
        {http(200, "application/json", R"({"jsonrpc":"2.0","id":1,"result":{}})"), "no protocolVersion"},
        {http(200, "application/json", R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"1.0"}})"),
         "protocol version 1.0"},
        {http(200, "application/json",
              R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2026-07-28"}})"),
         "protocol version 2026-07-28"},
        {http(200, "text/event-stream", ""), "an event stream that ended without an answer"},
        {endless, "longer than 1048576 bytes"},
        {bad_session, "Mcp-Session-Id"},
    };
    for (const row& one : rows) {
        network net;
        net.server = [&](const probe_request&) { return one.answer; };
        const auto ran = run(probe_machine(plain(), {}), net);
        EXPECT_EQ(ran.result.met.what, finding::wrong_protocol) << one.says;
        EXPECT_THAT(describe(ran.result.met, "http://b/mcp"), HasSubstr(one.says));
        EXPECT_EQ(ran.result.memory.proved, era::unknown);
    }
}

TEST(probe, takes_every_legacy_version) {
    for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
        legacy_server server;
        server.version = version;
        server.session = "";
        network net;
        net.server = [&](const probe_request& r) -> reply {
            if (r.step == probe_step::initialized)
                return http(204); // 202 by the book
            return server(r);
        };
        const auto ran = run(probe_machine(plain(), {}), net);
        EXPECT_EQ(ran.result.met.what, finding::success) << version;
        EXPECT_EQ(ran.result.revision, version);
    }
}

TEST(probe, reads_an_event_stream_up_to_its_answer) {
    probe_machine machine(plain(), {});
    (void)machine.start(origin, origin + 10s);
    (void)machine.resolved({"[::1]:80"}, origin);
    (void)machine.done(origin);
    EXPECT_EQ(line_of(machine.done(origin)), "read");
    const auto event = [](std::string data) {
        probe_answer answer = http(200, "Text/Event-Stream; charset=utf-8", std::move(data));
        answer.more = true;
        return answer;
    };
    EXPECT_EQ(line_of(machine.answered(event(""), origin)), "read");
    EXPECT_EQ(
        line_of(machine.answered(event(R"({"jsonrpc":"2.0","method":"notifications/message"})"), origin)),
        "read");
    EXPECT_EQ(line_of(machine.answered(event(R"({"jsonrpc":"2.0","id":1,"method":"ping"})"), origin)),
              "read");
    EXPECT_EQ(line_of(machine.answered(event("garbage"), origin)), "read");
    const auto drain = machine.answered(
        event(R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}})"), origin + 1s);
    EXPECT_EQ(line_of(drain), "drain");
    EXPECT_EQ(drain.until, origin + 1s + 250ms);
    // The stream ends in time: the notification goes over the same connection.
    probe_machine same = machine;
    EXPECT_EQ(line_of(same.done(origin + 1s)), "send notifications/initialized");
    // It does not: over a new one, to the same address.
    EXPECT_EQ(line_of(machine.expired(drain.until)), "connect [::1]:80");
    EXPECT_EQ(line_of(machine.done(drain.until)), "send notifications/initialized");
    EXPECT_EQ(line_of(machine.done(drain.until)), "read");
    EXPECT_EQ(line_of(machine.answered(http(202), drain.until)), "finish");
    EXPECT_EQ(machine.result().met.what, finding::success);
}

TEST(probe, gives_up_on_a_stream_that_only_chatters) {
    probe_machine machine(plain(), {});
    (void)machine.start(origin, origin + 10s);
    (void)machine.resolved({"1.1.1.1:80"}, origin);
    (void)machine.done(origin);
    probe_action act = machine.done(origin);
    probe_answer chatter =
        http(200, "text/event-stream", R"({"jsonrpc":"2.0","method":"notifications/message"})");
    chatter.more = true;
    unsigned reads = 0;
    for (; act.what == probe_action::kind::read && reads < 1000; ++reads)
        act = machine.answered(chatter, origin);
    EXPECT_EQ(reads, 64U);
    EXPECT_EQ(machine.result().met.what, finding::wrong_protocol);
}

TEST(probe, uses_a_new_stream_when_the_server_closes_after_each_answer) {
    legacy_server server;
    network net;
    net.tls = true;
    net.server = [&](const probe_request& r) -> reply {
        auto answer = std::get<probe_answer>(server(r));
        answer.keep_alive = false;
        return answer;
    };
    probe_options options = plain();
    options.tls = true;
    const auto ran = run(probe_machine(options, {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "handshake", "send initialize", "read",
                              "connect 10.0.0.3:8080", "handshake", "send notifications/initialized in s-1",
                              "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
}

TEST(probe, sends_once_more_when_a_used_stream_was_closed) {
    legacy_server server;
    network net;
    unsigned resets = 1;
    net.server = [&](const probe_request& r) -> reply {
        if (r.step == probe_step::initialized && resets > 0) {
            --resets;
            return problem(finding::reset, "end of stream");
        }
        return server(r);
    };
    auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send initialize", "read",
                              "send notifications/initialized in s-1", "read", "connect 10.0.0.3:8080",
                              "send notifications/initialized in s-1", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);

    resets = 2; // closed again on a fresh stream: that is a failure
    ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::reset);
    EXPECT_EQ(ran.result.met.method, "notifications/initialized");
}

TEST(probe, never_repeats_a_request_on_a_first_stream) {
    network net;
    net.server = [](const probe_request&) { return problem(finding::reset, "Connection reset by peer"); };
    const auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.met.what, finding::reset);
    EXPECT_EQ(
        describe(ran.result.met, "http://b/mcp"),
        "http://b/mcp: 10.0.0.3:8080 closed the connection before its answer to initialize was complete "
        "(Connection reset by peer)");
}

TEST(probe, tries_every_address_within_its_share_of_the_time) {
    legacy_server server;
    network net;
    net.server = std::ref(server);
    net.addresses = {"[2001:db8::1]:80", "10.0.0.1:80", "10.0.0.2:80"};
    net.connect = [](const std::string& peer) -> reply {
        if (peer == "[2001:db8::1]:80")
            return silence{};
        return peer == "10.0.0.1:80" ? reply{problem(finding::refused)} : reply{http(0)};
    };
    const auto ran = run(probe_machine(plain(), {}), net, origin, 9s);
    EXPECT_EQ(ran.log,
              (lines{"resolve", "connect [2001:db8::1]:80", "connect 10.0.0.1:80", "connect 10.0.0.2:80",
                     "send initialize", "read", "send notifications/initialized in s-1", "read", "finish"}));
    EXPECT_EQ(ran.result.met.what, finding::success);
    EXPECT_LT(ran.ended, origin + 3100ms);
    EXPECT_EQ(ran.result.met.peer, "10.0.0.2:80");
}

TEST(probe, is_bounded_at_every_stage) {
    const auto hanging_at = [](std::string_view where) {
        network net;
        net.server = [](const probe_request&) { return silence{}; };
        if (where == "resolve")
            net.lookup = silence{};
        if (where == "connect")
            net.connect = [](const std::string&) { return silence{}; };
        if (where == "handshake")
            net.handshake = silence{};
        if (where == "send")
            net.sending = silence{};
        return net;
    };
    struct row {
        const char* where;
        stage at;
        const char* says;
    };
    for (const row& one :
         {row{"resolve", stage::resolve, "the name lookup did not end within 2 s"},
          row{"connect", stage::connect, "no connection to 10.0.0.3:8080 within 2 s"},
          row{"handshake", stage::handshake, "the TLS handshake with 10.0.0.3:8080 did not end"},
          row{"send", stage::exchange, "10.0.0.3:8080 did not answer initialize within 2 s"},
          row{"read", stage::exchange, "10.0.0.3:8080 did not answer initialize within 2 s"}}) {
        probe_options options = plain();
        options.tls = true;
        network net = hanging_at(one.where);
        const auto ran = run(probe_machine(options, {}), net, origin, 2s);
        EXPECT_EQ(ran.ended, origin + 2s) << one.where;
        EXPECT_EQ(ran.result.met.what, finding::timeout) << one.where;
        EXPECT_EQ(ran.result.met.where, one.at) << one.where;
        EXPECT_THAT(describe(ran.result.met, "http://b/mcp"), HasSubstr(one.says));
    }
}

TEST(probe, that_runs_late_asks_nothing_more) {
    legacy_server server;
    network net;
    net.server = std::ref(server);
    net.step = 600ms;
    const auto ran = run(probe_machine(plain(), {}), net, origin, 2s);
    EXPECT_EQ(ran.requests.size(), 1U);
    EXPECT_EQ(ran.result.met.what, finding::timeout);
}

TEST(probe, reports_names_and_certificates) {
    network net;
    net.lookup = problem(finding::unresolved, "Host not found (authoritative)");
    auto ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "finish"}));
    EXPECT_EQ(describe(ran.result.met, "http://b/mcp"),
              "http://b/mcp: the name does not resolve (Host not found (authoritative))");

    net.lookup = http(0);
    net.addresses.clear();
    ran = run(probe_machine(plain(), {}), net);
    EXPECT_EQ(ran.result.met.what, finding::unresolved);

    net.addresses = {"10.0.0.3:443"};
    net.handshake = problem(finding::tls, "certificate has expired");
    probe_options options = plain();
    options.tls = true;
    ran = run(probe_machine(options, {}), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:443", "handshake", "finish"}));
    EXPECT_EQ(describe(ran.result.met, "https://b/mcp"),
              "https://b/mcp: the TLS handshake with 10.0.0.3:443 failed (certificate has expired)");
}

TEST(probe, can_be_given_up_at_any_time) {
    for (unsigned actions = 0; actions < 6; ++actions) {
        probe_machine machine(plain(), {});
        (void)machine.start(origin, origin + 10s);
        if (actions > 0)
            (void)machine.resolved({"1.1.1.1:80"}, origin);
        for (unsigned i = 1; i < actions && i < 3; ++i)
            (void)machine.done(origin);
        EXPECT_EQ(machine.cancelled(origin).what, probe_action::kind::finish);
        EXPECT_EQ(machine.result().met.what, finding::cancelled);
    }
}

TEST(probe, says_goodbye_with_delete) {
    legacy_server server;
    server.live = {"s-1"};
    network net;
    net.server = std::ref(server);
    auto ran = run(probe_machine(plain(), session("s-1"), probe_kind::goodbye), net);
    EXPECT_EQ(ran.log, (lines{"resolve", "connect 10.0.0.3:8080", "send DELETE in s-1", "read", "finish"}));
    EXPECT_EQ(ran.requests[0], (probe_request{probe_step::goodbye, "DELETE", "s-1", "2025-06-18", "", ""}));
    EXPECT_THAT(server.live, IsEmpty());
    ran = run(probe_machine(plain(), {}, probe_kind::goodbye), net);
    EXPECT_EQ(ran.log, (lines{"finish"}));
}

TEST(probe, classifies_the_ten_modes_of_a_backend_that_starts) {
    for (const auto& [mode, expected] : failure_modes()) {
        network net;
        if (mode == "refused")
            net.connect = [](const std::string&) { return problem(finding::refused, "Connection refused"); };
        net.server = [&](const probe_request&) { return reply_in_mode(mode); };
        const auto ran = run(probe_machine(plain(), {}), net, origin, 500ms);
        EXPECT_EQ(ran.result.met.what, expected) << mode;
        EXPECT_EQ(ran.result.memory.proved, era::unknown) << mode;
        const std::string text = describe(ran.result.met, "http://b1:8080/mcp");
        EXPECT_THAT(text, HasSubstr("http://b1:8080/mcp: 10.0.0.3:8080 ")) << mode;
        EXPECT_THAT(text, Not(HasSubstr("SSE server"))) << mode;
        if (expected == finding::http_status || expected == finding::auth_needed) {
            EXPECT_THAT(text, HasSubstr("HTTP " + mode));
            EXPECT_THAT(text, HasSubstr("mode " + mode));
        }
    }
}

TEST(rpc_answers, are_told_apart) {
    using kind = rpc_answer::kind;
    struct row {
        const char* body;
        kind expected;
    };
    for (
        const row& one :
        {row{R"({"jsonrpc":"2.0","id":5,"result":{}})", kind::result},
         row{R"({"jsonrpc":"2.0","id":5,"result":{},"error":null})", kind::result},
         row{R"({"jsonrpc":"2.0","id":5,"result":null,"error":{"code":1,"message":"x"}})", kind::error},
         row{R"({"jsonrpc":"2.0","id":5,"error":null})", kind::nothing},
         row{R"({"jsonrpc":"2.0","id":5,"result":null})", kind::result},
         row{"\xEF\xBB\xBF"
             R"({"jsonrpc":"2.0","id":5,"result":{}})",
             kind::result},
         row{R"({"jsonrpc":"2.0","id":"5","result":{}})", kind::result},
         row{R"({"jsonrpc":"2.0","id":"6","result":{}})", kind::other},
         row{R"({"jsonrpc":"2.0","id":"05","result":{}})", kind::other},
         row{R"({"jsonrpc":"2.0","id":"5","error":{"code":1,"message":"x"}})", kind::error},
         row{R"({"jsonrpc":"2.0","id":6,"result":{}})", kind::other},
         row{R"({"jsonrpc":"2.0","id":5,"error":{"code":1,"message":"x"}})", kind::error},
         row{R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})", kind::error},
         row{R"({"jsonrpc":"2.0","error":{"code":1,"message":"x"}})", kind::error},
         row{R"({"jsonrpc":"2.0","id":6,"error":{"code":1,"message":"x"}})", kind::other},
         row{R"({"jsonrpc":"2.0","method":"x"})", kind::other},
         row{R"({"jsonrpc":"1.0","id":5,"result":{}})", kind::nothing},
         row{R"({"id":5,"result":{}})", kind::nothing},
         row{R"([{"jsonrpc":"2.0","id":5,"result":{}}])", kind::result},
         row{R"([{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":"5","result":{}}])", kind::result},
         row{R"([{"jsonrpc":"2.0","id":6,"result":{}},{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":"x"}}])",
             kind::error},
         row{R"([{"jsonrpc":"2.0","id":6,"result":{}}])", kind::other},
         row{"[]", kind::nothing},
         row{R"({"jsonrpc":"2.0","id":5,"result":{})", kind::nothing},
         row{"", kind::nothing}})
        EXPECT_EQ(read_answer(one.body, 5).what, one.expected) << one.body;
    EXPECT_THAT(
        read_answer(
            R"({"jsonrpc":"2.0","error":{"code":-32022,"message":"m","data":{"supported":["a",1,"b"]}}})", 5)
            .supported,
        ElementsAre("a", "b"));
}

} // namespace
} // namespace health::test
