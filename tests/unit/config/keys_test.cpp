// Every key of the table has a row here that observes its stored value, and its default is what the table
// says.
#include "config_fixture.hpp"
#include "found_key_cases.hpp"
#include "rate_limit_key_cases.hpp"
#include "storage_key_cases.hpp"
#include "token_key_cases.hpp"

#include "vmcp/config/schema.hpp"

#include <algorithm>
#include <set>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using test::world;
using strings = std::vector<std::string>;
using string_map = std::map<std::string, std::string>;

const workload_tools& tools(const config& c) {
    return c.aggregation.tools.at(0);
}
const tool_override& changed(const config& c) {
    return tools(c).overrides.at("t");
}
const failure_handling& failures(const config& c) {
    return c.operational.failures;
}

const key_case identity_cases[] = {
    {"name", "name: gw", [](const config& c) { return c.name == "gw"; }},
    {"groupRef", "groupRef: g", [](const config& c) { return c.group_ref == "g"; }},
    {"instructions", "instructions: |\n  one\n  two\n",
     [](const config& c) { return c.instructions == "one\ntwo\n"; }},
    {"metadata", "metadata: {k: v, n: 1}",
     [](const config& c) { return c.metadata == string_map{{"k", "v"}, {"n", "1"}}; }},
    {"passthroughHeaders", "passthroughHeaders: [X-Tenant, x-b]",
     [](const config& c) { return c.passthrough_headers == strings{"x-tenant", "x-b"}; }},
};

const key_case backend_cases[] = {
    {"backends[].name", "backends: [{name: b.1, url: 'http://h/'}]",
     [](const config& c) { return first(c).name == "b.1"; }},
    {"backends[].url", "backends: [{name: b, url: 'https://h:1/x?y'}]",
     [](const config& c) { return first(c).url == "https://h:1/x?y"; }},
    {"backends[].transport", "backends: [{name: b, url: 'http://h/', transport: streamable-http}]",
     [](const config& c) { return first(c).transport == "streamable-http"; }},
    {"backends[].transport", "backends: [{name: b, url: 'http://h/', transport: sse}]",
     [](const config& c) { return first(c).transport == "sse" && first(c).url == "http://h/"; }},
    {"backends[].transport", "backends: [{name: b, transport: stdio, command: x}]",
     [](const config& c) { return first(c).transport == "stdio"; }},
    {"backends[].command", "backends: [{name: b, command: /opt/bin/x}]",
     [](const config& c) {
         return first(c).transport == "stdio" && first(c).program.command == "/opt/bin/x" &&
                first(c).url == "stdio:x" && first(c).sessions == backend_session_mode::shared;
     }},
    {"backends[].sessions", "backends: [{name: b, command: x, sessions: dedicated}]",
     [](const config& c) { return first(c).sessions == backend_session_mode::dedicated; }},
    {"backends[].args", "backends: [{name: b, command: x, args: [-y, '', 'a b']}]",
     [](const config& c) { return first(c).program.args == strings{"-y", "", "a b"}; }},
    {"backends[].env", "backends: [{name: b, command: x, env: {A: '1', B: \"two\\nlines\"}}]",
     [](const config& c) { return first(c).program.env == string_map{{"A", "1"}, {"B", "two\nlines"}}; }},
    {"backends[].cwd", "backends: [{name: b, command: x, cwd: /srv}]",
     [](const config& c) { return first(c).program.cwd == "/srv"; }},
    {"backends[].startTimeout", "backends: [{name: b, command: x, startTimeout: 2m}]",
     [](const config& c) { return first(c).program.start_timeout == std::chrono::minutes(2); }},
    {"backends[].memory", "backends: [{name: b, command: x, memory: 1GiB}]",
     [](const config& c) { return first(c).program.memory == std::size_t{1} << 30; }},
    {"backends[].processes", "backends: [{name: b, command: x, processes: 9}]",
     [](const config& c) { return first(c).program.processes == 9; }},
    {"mcpServers.*.type", "mcpServers: {m: {type: stdio, command: x}}",
     [](const config& c) { return first(c).transport == "stdio"; }},
    {"mcpServers.*.command", "mcpServers: {m: {command: x}}",
     [](const config& c) { return first(c).program.command == "x"; }},
    {"mcpServers.*.args", "mcpServers: {m: {command: x, args: [a]}}",
     [](const config& c) { return first(c).program.args == strings{"a"}; }},
    {"mcpServers.*.env", "mcpServers: {m: {command: x, env: {A: b}}}",
     [](const config& c) { return first(c).program.env == string_map{{"A", "b"}}; }},
    {"mcpServers.*.cwd", "mcpServers: {m: {command: x, cwd: /srv}}",
     [](const config& c) { return first(c).program.cwd == "/srv"; }},
    {"mcpServers.*.startTimeout", "mcpServers: {m: {command: x, startTimeout: 1s}}",
     [](const config& c) { return first(c).program.start_timeout == std::chrono::seconds(1); }},
    {"mcpServers.*.memory", "mcpServers: {m: {command: x, memory: 0}}",
     [](const config& c) { return first(c).program.memory == 0; }},
    {"mcpServers.*.processes", "mcpServers: {m: {command: x, processes: 1}}",
     [](const config& c) { return first(c).program.processes == 1; }},
    {"servers.*.type", "servers: {m: {type: stdio, command: x}}",
     [](const config& c) { return first(c).transport == "stdio"; }},
    {"servers.*.command", "servers: {m: {command: x}}",
     [](const config& c) { return first(c).program.command == "x"; }},
    {"servers.*.args", "servers: {m: {command: x, args: [a]}}",
     [](const config& c) { return first(c).program.args == strings{"a"}; }},
    {"servers.*.env", "servers: {m: {command: x, env: {A: b}}}",
     [](const config& c) { return first(c).program.env == string_map{{"A", "b"}}; }},
    {"servers.*.cwd", "servers: {m: {command: x, cwd: /srv}}",
     [](const config& c) { return first(c).program.cwd == "/srv"; }},
    {"servers.*.startTimeout", "servers: {m: {command: x, startTimeout: 1s}}",
     [](const config& c) { return first(c).program.start_timeout == std::chrono::seconds(1); }},
    {"servers.*.memory", "servers: {m: {command: x, memory: 0}}",
     [](const config& c) { return first(c).program.memory == 0; }},
    {"servers.*.processes", "servers: {m: {command: x, processes: 1}}",
     [](const config& c) { return first(c).program.processes == 1; }},
    {"backends[].caBundlePath", "backends: [{name: b, url: 'https://h/', caBundlePath: /ca.pem}]",
     [](const config& c) {
         return first(c).ca_bundle_path == "/ca.pem" && first(c).ca_bundle == test::certificate_pem;
     }},
    {"backends[].headers", "backends: [{name: b, url: 'http://h/', headers: {X-Key: v}}]",
     [](const config& c) { return first(c).headers == string_map{{"X-Key", "v"}}; }},
    {"backends[].metadata", "backends: [{name: b, url: 'http://h/', metadata: {team: x}}]",
     [](const config& c) { return first(c).metadata == string_map{{"team", "x"}}; }},
    {"backends[].sessions", "backends: [{name: b, url: 'http://h/', sessions: shared}]",
     [](const config& c) { return first(c).sessions == backend_session_mode::shared; }},
    {"backends[].sessions", "backends: [{name: b, url: 'http://h/', sessions: single}]",
     [](const config& c) { return first(c).sessions == backend_session_mode::single; }},
    {"backends[].era", "backends: [{name: b, url: 'http://h/', era: modern}]",
     [](const config& c) { return first(c).era == backend_era::modern; }},
    {"backends[].era", "backends: [{name: b, url: 'http://h/', era: legacy}]",
     [](const config& c) { return first(c).era == backend_era::legacy; }},
    {"backends[].maxConcurrency", "backends: [{name: b, url: 'http://h/', maxConcurrency: 7}]",
     [](const config& c) { return first(c).max_concurrency == 7; }},
    {"backends[].maxQueue", "backends: [{name: b, url: 'http://h/', maxQueue: 0}]",
     [](const config& c) { return first(c).max_queue == 0; }},
    {"mcpServers.*.url", "mcpServers: {m: {type: http, url: 'http://m/'}}",
     [](const config& c) { return first(c).name == "m" && first(c).url == "http://m/"; }},
    {"mcpServers.*.headers", "mcpServers: {m: {url: 'http://m/', headers: {Authorization: Bearer x}}}",
     [](const config& c) { return first(c).headers == string_map{{"Authorization", "Bearer x"}}; }},
    {"servers.*.url", "servers: {m: {type: streamable-http, url: 'http://m/'}}",
     [](const config& c) { return first(c).name == "m" && first(c).url == "http://m/"; }},
    {"servers.*.headers", "servers: {m: {url: 'http://m/', headers: {X: y}}}",
     [](const config& c) { return first(c).headers == string_map{{"X", "y"}}; }},
};

const oidc_config& oidc(const config& c) {
    return c.incoming.oidc;
}

const key_case incoming_cases[] = {
    {"incomingAuth.type", "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a}}",
     [](const config& c) { return c.incoming.type == incoming_auth::kind::oidc; }},
    {"incomingAuth.oidc.issuer", "incomingAuth: {type: oidc, oidc: {issuer: 'https://i/x', audience: a}}",
     [](const config& c) { return oidc(c).issuer == "https://i/x"; }},
    {"incomingAuth.oidc.audience",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: 'https://a'}}",
     [](const config& c) { return oidc(c).audience == "https://a" && oidc(c).resource == "https://a"; }},
    {"incomingAuth.oidc.resource",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', resource: 'https://r/mcp'}}",
     [](const config& c) {
         return oidc(c).audience == "https://r/mcp" && oidc(c).resource == "https://r/mcp";
     }},
    {"incomingAuth.oidc.jwksUrl",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, jwksUrl: 'https://i/keys'}}",
     [](const config& c) { return oidc(c).jwks_url == "https://i/keys"; }},
    {"incomingAuth.oidc.introspectionUrl",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, introspectionUrl: "
     "'https://i/ask'}}",
     [](const config& c) { return oidc(c).introspection_url == "https://i/ask"; }},
    {"incomingAuth.oidc.clientId",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, introspectionUrl: 'https://i/ask', "
     "clientId: "
     "gw}}",
     [](const config& c) { return oidc(c).client_id == "gw" && oidc(c).client_secret.empty(); }},
    {"incomingAuth.oidc.clientSecretEnv",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, introspectionUrl: 'https://i/ask', "
     "clientId: "
     "gw, clientSecretEnv: KEY}}",
     [](const config& c) { return oidc(c).client_secret == "from-env"; }},
    {"incomingAuth.oidc.scopes",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, scopes: [x, y]}}",
     [](const config& c) { return oidc(c).scopes == strings{"x", "y"} && oidc(c).required_scopes.empty(); }},
    {"incomingAuth.oidc.requiredScopes",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, requiredScopes: ['mcp:call']}}",
     [](const config& c) { return oidc(c).required_scopes == strings{"mcp:call"}; }},
    {"incomingAuth.oidc.algorithms",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, algorithms: [ES384]}}",
     [](const config& c) { return oidc(c).algorithms == strings{"ES384"}; }},
    {"incomingAuth.oidc.leeway",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, leeway: 5s}}",
     [](const config& c) { return oidc(c).leeway == 5s; }},
    {"incomingAuth.oidc.requireAtJwt",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, requireAtJwt: true}}",
     [](const config& c) { return oidc(c).require_at_jwt; }},
    {"incomingAuth.oidc.dpopNonce",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', resource: 'https://r/mcp', dpop: true, "
     "dpopNonce: true}}",
     [](const config& c) { return oidc(c).dpop_nonce; }},
    {"incomingAuth.oidc.dpop",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', resource: 'https://r/mcp', dpop: true}}",
     [](const config& c) { return oidc(c).dpop; }},
    {"incomingAuth.oidc.subjectFallback",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, subjectFallback: client_id}}",
     [](const config& c) { return oidc(c).subject_fallback == oidc_config::subject_source::client_id; }},
    {"incomingAuth.oidc.caBundlePath",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, caBundlePath: /ca.pem}}",
     [](const config& c) {
         return oidc(c).ca_bundle_path == "/ca.pem" && oidc(c).ca_bundle == test::certificate_pem;
     }},
    {"incomingAuth.oidc.jwksAllowPrivateIp",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, jwksAllowPrivateIp: true}}",
     [](const config& c) { return oidc(c).jwks_allow_private_ip; }},
    {"incomingAuth.oidc.protectedResourceAllowPrivateIp",
     "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, protectedResourceAllowPrivateIp: "
     "true}}",
     [](const config& c) { return oidc(c).resource_allow_private_ip; }},
    {"incomingAuth.oidc.insecureAllowHttp",
     "incomingAuth: {type: oidc, oidc: {issuer: 'http://idp', audience: a, insecureAllowHttp: true}}",
     [](const config& c) { return oidc(c).allow_http && oidc(c).issuer == "http://idp"; }},
};

const key_case auth_cases[] = {
    {"incomingAuth.authz.type", "incomingAuth: {authz: {type: cedar, policies: [x]}}",
     [](const config& c) { return c.authz.cedar; }},
    {"incomingAuth.authz.policies", "incomingAuth: {authz: {type: cedar, policies: ['${file:/ca.pem}', y]}}",
     [](const config& c) {
         return c.authz.policies.size() == 2 && c.authz.policies[0].starts_with("-----BEGIN") &&
                c.authz.policies[1] == "y";
     }},
    {"incomingAuth.authz.entitiesJson",
     "incomingAuth: {authz: {type: cedar, policies: [x], entitiesJson: '[]'}}",
     [](const config& c) { return c.authz.entities_json == "[]"; }},
    {"incomingAuth.authz.groupClaimName",
     "incomingAuth: {authz: {type: cedar, policies: [x], groupClaimName: a.b}}",
     [](const config& c) { return c.authz.group_claim == "a.b"; }},
    {"incomingAuth.authz.roleClaimName",
     "incomingAuth: {authz: {type: cedar, policies: [x], roleClaimName: r}}",
     [](const config& c) { return c.authz.role_claim == "r"; }},
    {"incomingAuth.authz.groupEntityType",
     "incomingAuth: {authz: {type: cedar, policies: [x], groupEntityType: Team}}",
     [](const config& c) { return c.authz.group_entity_type == "Team"; }},
    {"incomingAuth.authz.multiValuedClaims",
     "incomingAuth: {authz: {type: cedar, policies: [x], multiValuedClaims: [scope]}}",
     [](const config& c) { return c.authz.multi_valued_claims == strings{"scope"}; }},
    {"incomingAuth.authz.numberMapping",
     "incomingAuth: {authz: {type: cedar, policies: [x], numberMapping: toolhive}}",
     [](const config& c) { return c.authz.toolhive_numbers; }},
    {"outgoingAuth.default.type", "outgoingAuth: {default: {type: unauthenticated}}",
     [](const config& c) { return first(c).auth == auth_strategy{}; }},
    {"outgoingAuth.default.headerInjection.headerName",
     "outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X-K, headerValue: v}}}",
     [](const config& c) { return first(c).auth.header_name == "X-K"; }},
    {"outgoingAuth.default.headerInjection.headerValue",
     "outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X-K, headerValue: v "
     "w}}}",
     [](const config& c) { return first(c).auth.header_value == "v w"; }},
    {"outgoingAuth.default.headerInjection.headerValueEnv",
     "outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X-K, headerValueEnv: "
     "KEY}}}",
     [](const config& c) { return first(c).auth.header_value == "from-env"; }},
    {"outgoingAuth.backends.*.type",
     "outgoingAuth:\n"
     "  default: {type: header_injection, headerInjection: {headerName: X-K, headerValue: v}}\n"
     "  backends: {a: {type: unauthenticated}}\n",
     [](const config& c) { return first(c).auth == auth_strategy{}; }},
    {"outgoingAuth.backends.*.headerInjection.headerName",
     "outgoingAuth: {backends: {a: {type: header_injection, headerInjection: {headerName: X-K, headerValue: "
     "v}}}}",
     [](const config& c) {
         return first(c).auth == auth_strategy{auth_strategy::kind::header_injection, "X-K", "v"};
     }},
    {"outgoingAuth.backends.*.headerInjection.headerValue",
     "outgoingAuth: {backends: {a: {type: header_injection, headerInjection: {headerName: X-K, headerValue: "
     "v2}}}}",
     [](const config& c) { return first(c).auth.header_value == "v2"; }},
    {"outgoingAuth.backends.*.headerInjection.headerValueEnv",
     "outgoingAuth: {backends: {a: {type: header_injection, headerInjection: {headerName: X-K, "
     "headerValueEnv: "
     "KEY}}}}",
     [](const config& c) { return first(c).auth.header_value == "from-env"; }},
};

const key_case aggregation_cases[] = {
    {"aggregation.conflictResolution",
     "aggregation: {conflictResolution: priority, conflictResolutionConfig: {priorityOrder: [a]}}",
     [](const config& c) { return c.aggregation.resolution == conflict_resolution::priority; }},
    {"aggregation.conflictResolutionConfig.prefixFormat",
     "aggregation: {conflictResolutionConfig: {prefixFormat: 'x-{workload}.'}}",
     [](const config& c) { return c.aggregation.prefix_format == "x-{workload}."; }},
    {"aggregation.conflictResolutionConfig.priorityOrder",
     "aggregation: {conflictResolutionConfig: {priorityOrder: [a]}}",
     [](const config& c) { return c.aggregation.priority_order == strings{"a"}; }},
    {"aggregation.excludeAllTools", "aggregation: {excludeAllTools: true}",
     [](const config& c) { return c.aggregation.exclude_all_tools; }},
    {"aggregation.defaultToolVisibility", "aggregation: {defaultToolVisibility: deny}",
     [](const config& c) { return !c.aggregation.default_visible; }},
    {"aggregation.invalidEntries", "aggregation: {invalidEntries: hide}",
     [](const config& c) { return c.aggregation.invalid_entries == invalid_entries::hide; }},
    {"aggregation.tools[].workload", "aggregation: {tools: [{workload: a}]}",
     [](const config& c) { return tools(c).workload == "a"; }},
    {"aggregation.tools[].exclude", "aggregation: {tools: [{workload: a, exclude: [x, y]}]}",
     [](const config& c) { return tools(c).exclude == strings{"x", "y"}; }},
    {"aggregation.tools[].filter", "aggregation: {tools: [{workload: a, filter: [x, y]}]}",
     [](const config& c) { return tools(c).filter == strings{"x", "y"}; }},
    {"aggregation.tools[].excludeAll", "aggregation: {tools: [{workload: a, excludeAll: true}]}",
     [](const config& c) { return tools(c).exclude_all; }},
    {"aggregation.tools[].overrides.*.name",
     "aggregation: {tools: [{workload: a, overrides: {t: {name: n}}}]}",
     [](const config& c) { return changed(c).name == "n"; }},
    {"aggregation.tools[].overrides.*.description",
     "aggregation: {tools: [{workload: a, overrides: {t: {description: ''}}}]}",
     [](const config& c) { return changed(c).description == ""; }},
    {"aggregation.tools[].overrides.*.annotations.title",
     "aggregation: {tools: [{workload: a, overrides: {t: {annotations: {title: T}}}}]}",
     [](const config& c) { return changed(c).annotations.title == "T" && changed(c).name.empty(); }},
    {"aggregation.tools[].overrides.*.annotations.readOnlyHint",
     "aggregation: {tools: [{workload: a, overrides: {t: {annotations: {readOnlyHint: true}}}}]}",
     [](const config& c) { return changed(c).annotations.read_only_hint == true; }},
    {"aggregation.tools[].overrides.*.annotations.destructiveHint",
     "aggregation: {tools: [{workload: a, overrides: {t: {annotations: {destructiveHint: false}}}}]}",
     [](const config& c) { return changed(c).annotations.destructive_hint == false; }},
    {"aggregation.tools[].overrides.*.annotations.idempotentHint",
     "aggregation: {tools: [{workload: a, overrides: {t: {annotations: {idempotentHint: true}}}}]}",
     [](const config& c) { return changed(c).annotations.idempotent_hint == true; }},
    {"aggregation.tools[].overrides.*.annotations.openWorldHint",
     "aggregation: {tools: [{workload: a, overrides: {t: {annotations: {openWorldHint: false}}}}]}",
     [](const config& c) { return changed(c).annotations.open_world_hint == false; }},
};

const key_case operational_cases[] = {
    {"operational.timeouts.default", "operational: {timeouts: {default: 45s}}",
     [](const config& c) { return c.operational.default_timeout == 45s && first(c).timeout == 45s; }},
    {"operational.timeouts.perWorkload", "operational: {timeouts: {perWorkload: {a: 1h30m}}}",
     [](const config& c) {
         return c.operational.per_workload.at("a") == 90min && first(c).timeout == 90min &&
                c.operational.default_timeout == 30s;
     }},
    {"operational.progressExtendsDeadline", "operational: {progressExtendsDeadline: false}",
     [](const config& c) { return !c.operational.progress_extends_deadline; }},
    {"operational.catalogRefresh", "operational: {catalogRefresh: 250ms}",
     [](const config& c) { return c.operational.catalog_refresh == 250ms; }},
    {"operational.failureHandling.healthCheckInterval",
     "operational: {failureHandling: {healthCheckInterval: 2s}}",
     [](const config& c) {
         return failures(c).health_check_interval == 2s && failures(c).health_check_timeout == 1s;
     }},
    {"operational.failureHandling.healthCheckTimeout",
     "operational: {failureHandling: {healthCheckTimeout: 29s}}",
     [](const config& c) { return failures(c).health_check_timeout == 29s; }},
    {"operational.failureHandling.statusReportingInterval",
     "operational: {failureHandling: {statusReportingInterval: 5m}}",
     [](const config& c) { return c.cluster.status_interval == 5min; }},
    {"operational.failureHandling.unhealthyThreshold",
     "operational: {failureHandling: {unhealthyThreshold: 5}}",
     [](const config& c) { return failures(c).unhealthy_threshold == 5; }},
    {"operational.failureHandling.partialFailureMode",
     "operational: {failureHandling: {partialFailureMode: fail}}",
     [](const config& c) { return !failures(c).best_effort; }},
    {"operational.failureHandling.grace", "operational: {failureHandling: {grace: 0s}}",
     [](const config& c) { return failures(c).grace == 0s; }},
    {"operational.failureHandling.circuitBreaker.enabled",
     "operational: {failureHandling: {circuitBreaker: {enabled: true}}}",
     [](const config& c) { return failures(c).breaker_enabled; }},
    {"operational.failureHandling.circuitBreaker.failureThreshold",
     "operational: {failureHandling: {circuitBreaker: {failureThreshold: 9}}}",
     [](const config& c) { return failures(c).breaker_threshold == 9; }},
    {"operational.failureHandling.circuitBreaker.timeout",
     "operational: {failureHandling: {circuitBreaker: {timeout: 1s}}}",
     [](const config& c) { return failures(c).breaker_timeout == 1s; }},
};

const key_case listener_cases[] = {
    {"listener.tls.certificatePath", "listener: {tls: {certificatePath: tls/c.pem, keyPath: /k.pem}}",
     [](const config& c) {
         return c.listener.tls.certificate_path == "conf/tls/c.pem" &&
                c.listener.tls.certificate == test::certificate_pem && c.listener.tls.enabled();
     }},
    {"listener.tls.clientCaPath",
     "listener: {tls: {certificatePath: tls/c.pem, keyPath: /k.pem, clientCaPath: /ca.pem}}",
     [](const config& c) {
         return c.listener.tls.client_ca_path == "/ca.pem" && c.listener.tls.client_required &&
                c.listener.tls.client_ca == test::certificate_pem && c.incoming.oidc.client_certificates;
     }},
    {"listener.tls.clientAuth",
     "listener: {tls: {certificatePath: tls/c.pem, keyPath: /k.pem, clientCaPath: /ca.pem, clientAuth: "
     "optional}}",
     [](const config& c) { return !c.listener.tls.client_required; }},
    {"listener.tls.keyPath", "listener: {tls: {certificatePath: tls/c.pem, keyPath: /k.pem}}",
     [](const config& c) {
         return c.listener.tls.key_path == "/k.pem" && c.listener.tls.key == test::key_pem;
     }},
    {"listener.allowedOrigins", "listener: {allowedOrigins: ['https://x', 'http://localhost:*']}",
     [](const config& c) {
         return c.listener.allowed_origins == strings{"https://x", "http://localhost:*"};
     }},
    {"listener.allowedHosts", "listener: {allowedHosts: ['h', '[::1]:8443']}",
     [](const config& c) { return c.listener.allowed_hosts == strings{"h", "[::1]:8443"}; }},
    {"listener.sse", "listener: {sse: true}", [](const config& c) { return c.listener.sse; }},
    {"admin.address", "admin: {address: '::1'}", [](const config& c) { return c.admin.address == "::1"; }},
    {"admin.port", "admin: {port: 4484}", [](const config& c) { return c.admin.port == 4484; }},
    {"admin.token", "admin: {token: secret}", [](const config& c) { return c.admin.token == "secret"; }},
};

const key_case limit_cases[] = {
    {"limits.memory", "limits: {memory: 256MiB}",
     [](const config& c) { return c.limits.memory == std::size_t{256} << 20; }},
    {"limits.maxBody", "limits: {maxBody: 65536}",
     [](const config& c) { return c.limits.max_body == 65536; }},
    {"limits.maxBackendBody", "limits: {maxBackendBody: 1MB}",
     [](const config& c) { return c.limits.max_backend_body == 1'000'000; }},
    {"limits.maxHeader", "limits: {maxHeader: 8KiB}",
     [](const config& c) { return c.limits.max_header == 8192; }},
    {"limits.maxJsonDepth", "limits: {maxJsonDepth: 100}",
     [](const config& c) { return c.limits.max_json_depth == 100; }},
    {"limits.pageSize", "limits: {pageSize: 10}", [](const config& c) { return c.limits.page_size == 10; }},
    {"limits.maxProcesses", "limits: {maxProcesses: 3}",
     [](const config& c) { return c.limits.max_processes == 3; }},
    {"limits.maxListEntries", "limits: {maxListEntries: 20}",
     [](const config& c) { return c.limits.max_list_entries == 20; }},
    {"limits.maxListBytes", "limits: {maxListBytes: 2KiB}",
     [](const config& c) { return c.limits.max_list_bytes == 2048; }},
    {"limits.maxConnections", "limits: {maxConnections: 11}",
     [](const config& c) { return c.limits.max_connections == 11; }},
    {"limits.maxStreams", "limits: {maxStreams: 12}",
     [](const config& c) { return c.limits.max_streams == 12; }},
    {"limits.maxInFlight", "limits: {maxInFlight: 13}",
     [](const config& c) { return c.limits.max_in_flight == 13; }},
    {"limits.maxInFlightPerSession", "limits: {maxInFlightPerSession: 14}",
     [](const config& c) { return c.limits.max_in_flight_per_session == 14; }},
    {"limits.headerTimeout", "limits: {headerTimeout: 500ms}",
     [](const config& c) { return c.limits.header_timeout == 500ms; }},
    {"limits.bodyTimeout", "limits: {bodyTimeout: 1s}",
     [](const config& c) { return c.limits.body_timeout == 1s; }},
    {"limits.idleTimeout", "limits: {idleTimeout: 2s}",
     [](const config& c) { return c.limits.idle_timeout == 2s; }},
    {"limits.writeTimeout", "limits: {writeTimeout: 3s}",
     [](const config& c) { return c.limits.write_timeout == 3s; }},
    {"limits.askTimeout", "limits: {askTimeout: 4s}",
     [](const config& c) { return c.limits.ask_timeout == 4s; }},
    {"sessions.ttl", "sessions: {ttl: 1s}", [](const config& c) { return c.sessions.ttl == 1s; }},
    {"sessions.maxSessions", "sessions: {maxSessions: 5}",
     [](const config& c) { return c.sessions.max_sessions == 5; }},
    {"sessions.maxPerAddress", "sessions: {maxPerAddress: 6}",
     [](const config& c) { return c.sessions.max_per_address == 6; }},
    {"sessions.maxPerCaller", "sessions: {maxPerCaller: 7}",
     [](const config& c) { return c.sessions.max_per_caller == 7; }},
    {"sessions.replayEvents", "sessions: {replayEvents: 0}",
     [](const config& c) { return c.sessions.replay_events == 0; }},
    {"sessions.replayBytes", "sessions: {replayBytes: 2KiB}",
     [](const config& c) { return c.sessions.replay_bytes == 2048; }},
    {"sessions.retry", "sessions: {retry: 50ms}", [](const config& c) { return c.sessions.retry == 50ms; }},
    {"sessions.keepAlive", "sessions: {keepAlive: 1.5s}",
     [](const config& c) { return c.sessions.keep_alive == 1500ms; }},
};

const key_case audit_cases[] = {
    {"audit.enabled", "audit: {enabled: true}", [](const config& c) { return c.audit.enabled; }},
    {"audit.component", "audit: {component: edge}",
     [](const config& c) { return c.audit.component == "edge"; }},
    {"audit.eventTypes", "audit: {eventTypes: [mcp_ping]}",
     [](const config& c) { return c.audit.event_types == strings{"mcp_ping"}; }},
    {"audit.excludeEventTypes", "audit: {excludeEventTypes: [mcp_ping]}",
     [](const config& c) { return c.audit.exclude_event_types == strings{"mcp_ping"}; }},
    {"audit.includeRequestData", "audit: {includeRequestData: true}",
     [](const config& c) { return c.audit.request_data; }},
    {"audit.includeResponseData", "audit: {includeResponseData: true}",
     [](const config& c) { return c.audit.response_data; }},
    {"audit.maxDataSize", "audit: {maxDataSize: 2KiB}",
     [](const config& c) { return c.audit.max_data == 2048; }},
    {"audit.detectApplicationErrors", "audit: {detectApplicationErrors: false}",
     [](const config& c) { return !c.audit.detect_errors; }},
    {"audit.logFile", "audit: {logFile: /var/log/a}",
     [](const config& c) { return c.audit.log_file == "/var/log/a"; }},
    {"audit.queueSize", "audit: {queueSize: 7}", [](const config& c) { return c.audit.queue == 7; }},
};

const key_case process_cases[] = {
    {"log.level", "log: {level: debug}", [](const config& c) { return c.log.level == "debug"; }},
    {"log.access", "log: {access: 'on'}", [](const config& c) { return c.log.access; }},
    {"log.format", "log: {format: json}", [](const config& c) { return c.log.format == "json"; }},
    {"audit.enabled", "audit: {enabled: true}", [](const config& c) { return c.audit.enabled; }},
    {"audit.component", "audit: {enabled: true, component: x}",
     [](const config& c) { return c.audit.component == "x"; }},
    {"audit.eventTypes", "audit: {enabled: true, eventTypes: [mcp_ping]}",
     [](const config& c) { return c.audit.event_types == std::vector<std::string>{"mcp_ping"}; }},
    {"audit.excludeEventTypes", "audit: {enabled: true, excludeEventTypes: [mcp_ping]}",
     [](const config& c) { return c.audit.exclude_event_types == std::vector<std::string>{"mcp_ping"}; }},
    {"audit.includeRequestData", "audit: {enabled: true, includeRequestData: true}",
     [](const config& c) { return c.audit.request_data; }},
    {"audit.includeResponseData", "audit: {enabled: true, includeResponseData: true}",
     [](const config& c) { return c.audit.response_data; }},
    {"audit.maxDataSize", "audit: {enabled: true, maxDataSize: 2KiB}",
     [](const config& c) { return c.audit.max_data == 2048; }},
    {"audit.detectApplicationErrors", "audit: {enabled: true, detectApplicationErrors: false}",
     [](const config& c) { return !c.audit.detect_errors; }},
    {"audit.logFile", "audit: {enabled: true, logFile: /tmp/a.ndjson}",
     [](const config& c) { return c.audit.log_file == "/tmp/a.ndjson"; }},
    {"audit.queueSize", "audit: {enabled: true, queueSize: 7}",
     [](const config& c) { return c.audit.queue == 7; }},
    {"errors.detail", "errors: {detail: backend}", [](const config& c) { return c.errors.backend_words; }},
    {"operational.logLevel", "operational: {logLevel: debug}",
     [](const config& c) { return c.log.level == "debug"; }},
    {"runtime.workers", "runtime: {workers: 2}", [](const config& c) { return c.workers == 2; }},
    {"runtime.coreDumps", "runtime: {coreDumps: true}", [](const config& c) { return c.core_dumps; }},
    {"runtime.drainTimeout", "runtime: {drainTimeout: 1m}",
     [](const config& c) { return c.drain_timeout == 1min; }},
    {"telemetry.endpoint", "telemetry: {endpoint: 'collector:4318', tracingEnabled: true}",
     [](const config& c) { return c.telemetry.endpoint == "collector:4318"; }},
    {"telemetry.insecure", "telemetry: {insecure: true}",
     [](const config& c) { return c.telemetry.insecure; }},
    {"telemetry.caCertPath", "telemetry: {caCertPath: /ca.pem}",
     [](const config& c) {
         return c.telemetry.ca_bundle_path == "/ca.pem" && c.telemetry.ca_bundle == test::certificate_pem;
     }},
    {"telemetry.headers", "telemetry: {headers: {Authorization: Bearer x}}",
     [](const config& c) { return c.telemetry.headers == string_map{{"Authorization", "Bearer x"}}; }},
    {"telemetry.tracingEnabled", "telemetry: {endpoint: 'http://c/', tracingEnabled: true}",
     [](const config& c) { return c.telemetry.tracing; }},
    {"telemetry.metricsEnabled", "telemetry: {endpoint: 'http://c/', metricsEnabled: true}",
     [](const config& c) { return c.telemetry.metrics; }},
    {"telemetry.samplingRate",
     "telemetry: {endpoint: 'http://c/', tracingEnabled: true, samplingRate: '0.5'}",
     [](const config& c) { return c.telemetry.sampling_rate == 0.5; }},
    {"telemetry.serviceName", "telemetry: {serviceName: s}",
     [](const config& c) { return c.telemetry.service_name == "s"; }},
    {"telemetry.serviceVersion", "telemetry: {serviceVersion: v2}",
     [](const config& c) { return c.telemetry.service_version == "v2"; }},
    {"telemetry.customAttributes", "telemetry: {customAttributes: {deployment.environment: test}}",
     [](const config& c) {
         return c.telemetry.custom_attributes == string_map{{"deployment.environment", "test"}};
     }},
    {"telemetry.environmentVariables", "telemetry: {environmentVariables: [NODE_ENV]}",
     [](const config& c) { return c.telemetry.environment_variables == strings{"NODE_ENV"}; }},
    {"telemetry.enablePrometheusMetricsPath", "telemetry: {enablePrometheusMetricsPath: false}",
     [](const config& c) { return !c.metrics; }},
};

const key_case cluster_cases[] = {
    {"outgoingAuth.source", "groupRef: g\noutgoingAuth: {source: discovered}",
     [](const config& c) { return c.cluster.discover; }},
    {"aggregation.tools[].toolConfigRef.name",
     "groupRef: g\noutgoingAuth: {source: discovered}\naggregation: {tools: [{workload: x, toolConfigRef: "
     "{name: "
     "t}}]}",
     [](const config& c) { return tools(c).workload == "x"; }}, // and discovery_test.cpp
    {"kubernetes.kubeconfig", "kubernetes: {kubeconfig: k/c}",
     [](const config& c) { return c.cluster.kubeconfig_path == "conf/k/c"; }},
    {"kubernetes.namespace", "kubernetes: {namespace: n}",
     [](const config& c) { return c.cluster.name_space == "n"; }},
};

std::vector<key_case> all_cases() {
    std::vector<key_case> out;
    const auto add = [&out](const auto& cases) { out.insert(out.end(), std::begin(cases), std::end(cases)); };
    add(identity_cases);
    add(backend_cases);
    add(incoming_cases);
    add(auth_cases);
    add(token_cases);
    add(found_cases);
    add(rate_limit_cases);
    add(storage_cases);
    add(aggregation_cases);
    add(operational_cases);
    add(listener_cases);
    add(limit_cases);
    add(process_cases);
    add(audit_cases);
    add(cluster_cases);
    return out;
}

world populated() {
    return {{{"KEY", "from-env"}},
            {{"/ca.pem", std::string(test::certificate_pem)},
             {"conf/tls/c.pem", std::string(test::certificate_pem)},
             {"/k.pem", std::string(test::key_pem)}}};
}

std::string with_backend(std::string_view text) {
    const bool own =
        text.find("backends: [") != std::string_view::npos || text.find("ervers: {m") != text.npos;
    return own ? std::string(text) : std::string(test::one_backend) + std::string(text);
}

bool is_leaf(const schema_row& row) {
    return !row.not_yet && row.spec.kind != value_kind::section;
}

TEST(keys, each_is_stored_where_it_belongs) {
    for (const auto& [key, text, holds] : all_cases())
        EXPECT_TRUE(holds(populated().good(with_backend(text)))) << key;
}

TEST(keys, none_is_without_a_case) {
    std::set<std::string, std::less<>> cases;
    for (const auto& item : all_cases())
        cases.insert(std::string(item.key));
    for (const auto& row : schema_table()) {
        if (is_leaf(row) && row.store != nullptr)
            EXPECT_TRUE(cases.contains(row.path)) << row.path;
        // Without a store the only value accepted is what vmcp does anyway.
        if (is_leaf(row) && row.store == nullptr)
            EXPECT_LE(row.spec.choices.size(), 2u) << row.path;
    }
}

} // namespace
} // namespace vmcp
