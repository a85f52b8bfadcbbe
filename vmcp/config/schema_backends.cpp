// The rows of the gateway's identity, its backends and mcpServers.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto backend = &config_draft::backend;

void begin_backend(config_draft& draft, const config_value& value) {
    if (value.event == item_event::begin)
        return;
    draft.backend = &draft.out.backends.emplace_back();
    draft.backend->name = value.key; // of mcpServers; empty in a list
    draft.backend_paths.push_back(value.path);
}

void add_servers(std::vector<schema_row>& rows, const std::string& top, std::string_view doc) {
    const std::string at = top + ".*.";
    rows.push_back(
        {.path = top, .spec = map_of(section(), rules::backend_name), .doc = doc, .store = begin_backend});
    rows.push_back(
        {.path = at + "type",
         .spec = choice({"http", "streamable-http", "sse", "stdio"}),
         .fallback = "http",
         .doc =
             "How to reach the server: Streamable HTTP, by either of its names, the old HTTP+SSE transport "
             "(`sse`), or a program that is started here (`stdio`, which `command` means by itself).",
         .store = [](config_draft& draft, const config_value& value) {
             draft.backend->transport = value.text == "http" ? "streamable-http" : value.text;
         }});
    rows.push_back({.path = at + "url",
                    .spec = text(rules::http_url),
                    .doc = "The server's MCP endpoint.",
                    .store = into_current<backend, &backend_config::url>,
                    .unless = "command"});
    rows.push_back(
        {.path = at + "headers",
         .spec = map_of(secret(rules::header_value), rules::injected_header),
         .doc = "HTTP headers sent to this server on every request. Values are secrets: they never appear "
                "in logs or messages.",
         .store = into_current<backend, &backend_config::headers>});
    add_program_rows(rows, at);
    rows.push_back({.path = at + "envFile",
                    .doc = "give the variables in env, where ${NAME} and ${file:PATH} are filled in",
                    .not_yet = true});
}

} // namespace

void add_identity_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "name",
                    .spec = text(rules::line),
                    .fallback = "vmcp",
                    .doc = "The name that clients see as `serverInfo.name`.",
                    .store = into<&config::name>});
    rows.push_back({.path = "groupRef",
                    .spec = text(rules::line),
                    .doc = "A label for this set of backends, shown as `group_ref` in `/status`. With "
                           "`outgoingAuth.source: discovered` the MCPGroup whose members are served.",
                    .store = into<&config::group_ref>});
    rows.push_back({.path = "instructions",
                    .spec = text(rules::prose),
                    .doc = "Text put before the merged `instructions` of the backends.",
                    .store = into<&config::instructions>});
    rows.push_back({.path = "metadata",
                    .spec = map_of(text(rules::prose), rules::line),
                    .doc = "Free labels of this gateway, shown in `/status`.",
                    .store = into<&config::metadata>});
}

void add_backend_rows(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "backends",
         .spec = list_of(section()),
         .doc = "The MCP servers behind this gateway, in the order in which their tools are listed.",
         .store = begin_backend});
    rows.push_back(
        {.path = "backends[].name",
         .spec = text(rules::backend_name),
         .doc = "A unique name; it stands for `{workload}` in tool names. Letters, digits, `_`, `.` and `-`.",
         .store = into_current<backend, &backend_config::name>,
         .required = true});
    rows.push_back({.path = "backends[].url",
                    .spec = text(rules::http_url),
                    .doc = "The backend's MCP endpoint, `http://` or `https://`, without user information.",
                    .store = into_current<backend, &backend_config::url>,
                    .unless = "command"});
    rows.push_back(
        {.path = "backends[].transport",
         .spec = choice({"streamable-http", "sse", "stdio"}),
         .fallback = "streamable-http",
         .doc = "How MCP is spoken to the backend: over HTTP at its `url`; over the HTTP+SSE transport of "
                "2024-11-05 (`sse`), whose stream is at its `url`; or to a program that is started here "
                "(`stdio`, which `command` means by itself).",
         .store = into_current<backend, &backend_config::transport>});
    add_program_rows(rows, "backends[].");
    rows.push_back({.path = "backends[].type", .doc = "", .not_yet = true});
    rows.push_back(
        {.path = "backends[].caBundlePath",
         .spec = text(rules::path),
         .doc = "PEM file of the certificate authorities that the backend's certificate must come from. "
                "Without it: the system's.",
         .store = into_current<backend, &backend_config::ca_bundle_path>});
    rows.push_back(
        {.path = "backends[].headers",
         .spec = map_of(secret(rules::header_value), rules::injected_header),
         .doc = "HTTP headers sent to this backend on every request. Values are secrets: they never appear "
                "in logs or messages.",
         .store = into_current<backend, &backend_config::headers>});
    rows.push_back({.path = "backends[].metadata",
                    .spec = map_of(text(rules::prose), rules::line),
                    .doc = "Free labels of this backend, shown in `/status`.",
                    .store = into_current<backend, &backend_config::metadata>});
    rows.push_back(
        {.path = "backends[].sessions",
         .spec = choice({"dedicated", "shared", "single"}),
         .fallback = "dedicated",
         .doc = "`dedicated`: each client session has its own session at the backend, which keeps a "
                "backend's per-client state apart: what it lists in the session of one client alone, "
                "that client alone sees and uses. `shared`: clients with the same capabilities share "
                "one; each hears of the resources it subscribed to, the backend is told the lowest log "
                "level that any of them asked for, and log messages outside of calls reach nobody. What "
                "the backend asks there outside of calls is put to the one client that has a call in "
                "flight, or that shares the session alone and listens; where several have one it is "
                "refused with the JSON-RPC error -32600, where nobody can be meant with -32603. `single`: "
                "for a backend that takes one `initialize` (a program behind a stdio bridge): all clients, "
                "whatever they can do, the monitor and the reading of lists use one session, by the rules "
                "of `shared`; a question that a client cannot answer is refused with -32601. A backend "
                "that refuses a second session while the first one answers is used so by itself, unless "
                "its credentials are those of callers. Of a `command`, where the default is `shared`: "
                "`shared` and `single` are one process for all clients; `dedicated` is a process for each "
                "client "
                "session, besides one for the monitor, the lists and clients without sessions.",
         .store = [](config_draft& draft, const config_value& value) {
             using mode = backend_session_mode;
             draft.backend->sessions = value.text == "shared"   ? mode::shared
                                       : value.text == "single" ? mode::single
                                                                : mode::dedicated;
         }});
    rows.push_back(
        {.path = "backends[].era",
         .spec = choice({"auto", "legacy", "modern"}),
         .fallback = "legacy",
         .doc =
             "Which protocol revisions are spoken with the backend. `modern`: 2026-07-28, which has no "
             "sessions. `legacy`: those before, with `initialize` and sessions. `auto`: it is found out. A "
             "probe asks `server/discover` first then, and `initialize` where the answer does not prove the "
             "newer revision; a backend of both is spoken to in the newer one. A status alone proves "
             "nothing. What was found is found anew when the backend comes back after an outage, and when "
             "it refuses a call in the words of the other era: it can be upgraded in place. `sessions` "
             "concerns legacy backends only.",
         .store = [](config_draft& draft, const config_value& value) {
             draft.backend->era = value.text == "modern"   ? backend_era::modern
                                  : value.text == "legacy" ? backend_era::legacy
                                                           : backend_era::automatic;
         }});
    rows.push_back({.path = "backends[].maxConcurrency",
                    .spec = integer(1, 1'000'000),
                    .fallback = "1024",
                    .doc = "Calls in flight to this backend; more wait in the queue.",
                    .store = into_current<backend, &backend_config::max_concurrency>});
    rows.push_back(
        {.path = "backends[].maxQueue",
         .spec = integer(0, 1'000'000),
         .fallback = "1024",
         .doc = "Calls that may wait for a free place; more are refused at once with a retryable error.",
         .store = into_current<backend, &backend_config::max_queue>});
    add_servers(rows, "mcpServers", "MCP servers as Claude and Cursor write them; each becomes a backend.");
    add_servers(rows, "servers", "The same, as VS Code writes it.");
    rows.push_back(
        {.path = "inputs",
         .doc = "vmcp asks no questions: use environment variables, ${NAME}, instead of ${input:...}",
         .not_yet = true});
}

} // namespace vmcp::schema
