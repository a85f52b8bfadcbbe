#include "vmcp/program/commands/compatibility.hpp"

#include "vmcp/program/commands/entry_samples.hpp"
#include "vmcp/yaml/client_formats.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace vmcp {
namespace {

constexpr std::array<known_flag, 16> flags{{
    {"", "--config", support::same, "also behind `serve` and `validate`, and as a plain argument"},
    {"", "--debug", support::same, "the same as `log.level: debug`"},
    {"serve", "", support::same, ""},
    {"serve", "--host", support::same, "an IP address or `localhost`"},
    {"serve", "--port", support::same, ""},
    {"serve", "--session-ttl", support::same, "wins over `sessions.ttl`; 0: as that says"},
    {"serve", "--enable-audit", support::same, "wins over `audit.enabled`"},
    {"serve", "--group", support::absent,
     "`thv list --group NAME --format mcpservers \\| vmcp init --from -` lists its backends"},
    {"serve", "--optimizer", support::absent, ""},
    {"serve", "--optimizer-embedding", support::absent, ""},
    {"serve", "--embedding-model", support::absent, ""},
    {"serve", "--embedding-image", support::absent, ""},
    {"validate", "", support::same, "reports every mistake at once, with its line"},
    {"init", "", support::same, "from a client's file instead of a group: `--from FILE`"},
    {"init", "--output", support::same, ""},
    {"version", "", support::same, "`--json` for machines"},
}};

constexpr std::array<known_endpoint, 19> endpoints{{
    {"POST", "/mcp", support::same, 0,
     "answers with JSON, or with an event stream where something comes before the response"},
    {"GET", "/mcp", support::same, 0, "an event stream; the keep-alive interval is `sessions.keepAlive`"},
    {"DELETE", "/mcp", support::same, 0, "ends the session"},
    {"GET", "/health", support::same, 200, "does not look at backends"},
    {"GET", "/ping", support::same, 200, ""},
    {"GET", "/readyz", support::same, 200, "`mode` is `static`"},
    {"GET", "/status", support::same, 200, "with more members; the admin listener adds `url` and `reason`"},
    {"HEAD", "/status", support::same, 200, ""},
    {"POST", "/status", support::same, 405, ""},
    {"GET", "/api/backends/health", support::same, 200, ""},
    {"GET", "/metrics", support::same, 200, "unless `telemetry.enablePrometheusMetricsPath` is false"},
    {"GET", "/.well-known/oauth-protected-resource", support::same, 404,
     "200 where `incomingAuth.type` is `oidc`"},
    {"GET", "/.well-known/openid-configuration", support::absent, 404,
     "there is no embedded authorization server"},
    {"GET", "/.well-known/oauth-authorization-server", support::absent, 404, ""},
    {"GET", "/.well-known/jwks.json", support::absent, 404, ""},
    {"GET", "/oauth/authorize", support::absent, 404, ""},
    {"GET", "/oauth/callback", support::absent, 404, ""},
    {"POST", "/oauth/token", support::absent, 404, ""},
    {"POST", "/oauth/register", support::absent, 404, ""},
}};

std::string word_for(support state) {
    switch (state) {
    case support::same:
        return "same";
    case support::refused:
        return "refused by name";
    case support::absent:
        return "not there";
    }
    return "";
}

page_section client_section() {
    page_section out{
        .title = "Files of MCP clients",
        .introduction =
            "What `vmcp init --from FILE` reads. Everywhere: JSON with comments and trailing commas, "
            "`${NAME}` and `${NAME:-default}`, servers that are programs (`command`, `args`, `env`, `cwd`), "
            "and "
            "`npx mcp-remote URL`, which becomes that URL. Keys that no column names are named.",
        .columns = {"Client", "File", "Servers in", "URL and headers from", "References", "Also taken"}};
    for (const auto& one : client_formats())
        out.rows.push_back({std::string(one.client), std::string(one.files), std::string(one.servers),
                            std::string(one.address), std::string(one.values), std::string(one.more)});
    return out;
}

page_section flag_section() {
    page_section out{.title = "ToolHive's command line",
                     .introduction = "Flags of `vmcp` and `thv vmcp`. Every flag of vmcp is in "
                                     "[commands.md](commands.md).",
                     .columns = {"ToolHive", "Here", ""}};
    for (const auto& one : toolhive_flags()) {
        const auto words = fmt::format("vmcp{}{}{}{}", one.command.empty() ? "" : " ", one.command,
                                       one.flag.empty() ? "" : " ", one.flag);
        out.rows.push_back({fmt::format("`{}`", words), word_for(one.state), std::string(one.note)});
    }
    return out;
}

page_section endpoint_section() {
    page_section out{.title = "ToolHive's endpoints",
                     .introduction = "On the listener for clients. Every endpoint of vmcp is in "
                                     "[operations.md](operations.md).",
                     .columns = {"Request", "Here", "Status", ""}};
    for (const auto& one : toolhive_endpoints())
        out.rows.push_back({fmt::format("`{} {}`", one.method, one.path), word_for(one.state),
                            one.status == 0 ? "" : std::to_string(one.status), std::string(one.note)});
    return out;
}

// What each pair of eras does with what the other one does not have; tests/end_to_end/modern_backends.test.mjs and
// stateless_clients.test.mjs show it with the official SDKs.
struct bridged_feature {
    std::string_view feature;
    std::string_view sessions_to_stateless; // client with sessions, backend without
    std::string_view stateless_to_sessions;
    std::string_view stateless_to_stateless;
};
constexpr std::array<bridged_feature, 10> bridged{{
    {"Sampling, elicitation, roots",
     "asked on the stream of the call; the call is sent again with the answers",
     "`input_required`; the call waits for the retry",
     "`input_required`, with a `requestState` of vmcp's own"},
    {"Elicitation by URL", "clients of 2025-11-25, with an `elicitationId` of vmcp's",
     "also for the error -32042", "as it is"},
    {"Progress", "yes", "yes", "yes"},
    {"Log messages", "`logging/setLevel` becomes a member of each call",
     "the level of a call is set in its session", "yes"},
    {"Cancelling", "`notifications/cancelled` closes the request",
     "closing the request sends `notifications/cancelled`", "closes the request"},
    {"A client's connection ends", "the call goes on", "cancels", "cancels"},
    {"Changes of lists", "heard by `subscriptions/listen`, told to clients", "heard on the backend's stream",
     "yes"},
    {"`resources/subscribe`", "becomes a `subscriptions/listen`",
     "`resourceSubscriptions` become subscriptions", "yes"},
    {"A resource that is not there", "-32002", "-32602 with `data.uri`", "-32602 with `data.uri`"},
    {"A capability that the client lacks", "an error that names it", "-32021", "-32021"},
}};

page_section era_section() {
    page_section out{
        .title = "Clients and backends of both eras",
        .introduction =
            "Revisions up to 2025-11-25 have sessions, 2026-07-28 is stateless. Each client reaches each "
            "backend; where "
            "both are of one era, what they say is passed on. The tasks of either era are not bridged.",
        .columns = {"", "Client with sessions, stateless backend", "Stateless client, backend with sessions",
                    "Both stateless"}};
    for (const auto& one : bridged)
        out.rows.push_back({std::string(one.feature), std::string(one.sessions_to_stateless),
                            std::string(one.stateless_to_sessions), std::string(one.stateless_to_stateless)});
    return out;
}

page_section scenario_section() {
    page_section out{
        .title = "Authorization scenarios of the conformance suite",
        .introduction =
            "The official suite's `auth/*` scenarios for clients, of both requirement sets: vmcp is "
            "the client, its backend the suite. `./dev conformance` runs those that apply to a "
            "gateway without a person in front of it.",
        .columns = {"Scenario", "Here", "What it needs"}};
    for (const auto& one : suite_scenarios())
        out.rows.push_back({fmt::format("`{}`", one.name), one.needs.empty() ? "run" : "does not apply",
                            std::string(one.needs)});
    return out;
}

// tests/wire/leniency_test.cpp and lost_session_test.cpp have each of them.
page_section backend_section() {
    return {
        .title = "Answers of backends",
        .introduction =
            "What servers, and proxies before them, do that is not by the book, and what vmcp makes of it: "
            "in calls, lists and probes alike.",
        .columns = {"A backend that", "is understood", "unless"},
        .rows = {
            {"compresses although `Accept-Encoding: identity` was sent",
             "gzip and deflate are decoded, JSON and event "
             "streams",
             "it becomes larger than `limits.maxBackendBody`, or more than 200 times as long, or has "
             "another coding"},
            {"redirects with 307 or 308",
             "the same request follows, once; a session remembers what its handshake "
             "met",
             "it leads to another scheme, host or port"},
            {"refuses the newest revision with 400 or an error, in `initialize` or in the header field "
             "behind it",
             "an older one is offered, of those that it names", "it speaks of something else"},
            {"writes a byte order mark before its JSON or its event stream", "it is skipped", ""},
            {"ends a stream without the empty line after its last event", "the event counts",
             "the stream may have been cut"},
            {"forgets a session and says so by 404, 410, by 400, 401 or 503 with such words, or by a "
             "JSON-RPC error with "
             "any of them or in an event stream with 200",
             "the session is opened again and the request repeated, once",
             "the request had begun to be answered"},
            {"takes a stream that broke for a living one: 409, or words such as \"already exists\"",
             "it is asked again, ever more slowly", ""},
        }};
}

page_section entry_section() {
    page_section out{
        .title = "Entries of lists",
        .introduction =
            "SDK clients refuse a whole list for one entry that does not fit the protocol's schema. What "
            "becomes of one where `aggregation.invalidEntries` is `repair`; the status page has the reason "
            "of each. The schema is that of the client's revision: 2026-07-28 lets an output schema describe "
            "anything, and what an older revision does not know is left out for its clients where it is "
            "wrong. An output schema that clients cannot compile is left out, because a tool without "
            "one can be called all the same: what is lost is that clients validate its results.",
        .columns = {"List", "A backend writes", "It is", "Because", "Other revisions than 2025-11-25"}};
    for (const auto& one : entry_samples()) {
        auto verdict = verdict_of(one);
        out.rows.push_back({std::string(spec_of(one.kind).member), fmt::format("`{}`", one.text),
                            std::string(verdict.word), std::move(verdict.reason),
                            std::move(verdict.otherwise)});
    }
    return out;
}

void add_row(std::string& out, const std::vector<std::string>& cells) {
    for (const auto& cell : cells)
        fmt::format_to(std::back_inserter(out), "| {} ", cell);
    out.append("|\n");
}

} // namespace

std::span<const known_flag> toolhive_flags() noexcept {
    return flags;
}

std::span<const known_endpoint> toolhive_endpoints() noexcept {
    return endpoints;
}

std::vector<page_section> compatibility_sections() {
    return {client_section(),  flag_section(), endpoint_section(), entry_section(),
            backend_section(), era_section(),  scenario_section()};
}

std::string compatibility_page(const std::vector<page_section>& sections) {
    std::string out =
        "# Compatibility\n\n<!-- Written from tables in the source; do not edit. To write it anew:\n"
        "     VMCP_UPDATE_DOCS=1 build/dev/bin/unit_commands --gtest_filter='compatibility.*' -->\n\n"
        "What vmcp understands of what you come with. [migration.md](migration.md) goes through a move from "
        "ToolHive's\nvMCP, [configuration.md](configuration.md) has every key, and those of ToolHive that "
        "are "
        "refused.\n";
    for (const auto& section : sections) {
        fmt::format_to(std::back_inserter(out), "\n## {}\n\n{}\n\n", section.title, section.introduction);
        add_row(out, section.columns);
        out.append("|");
        for (std::size_t i = 0; i < section.columns.size(); ++i)
            out.append("---|");
        out.append("\n");
        for (const auto& row : section.rows)
            add_row(out, row);
    }
    return out;
}

} // namespace vmcp
