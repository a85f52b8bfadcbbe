// Every kind of mistake in a configuration, with its place and its words.
#include "config_fixture.hpp"

#include "vmcp/config/schema.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;
using testing::Not;

// The problems of `text` behind one backend named "a" in line 1.
std::string behind(std::string_view text) {
    return world{}.bad(std::string(test::one_backend) + std::string(text));
}

struct problem_case {
    std::string_view text;
    std::string_view expected;
};

TEST(problems, of_single_values) {
    const problem_case cases[] = {
        {"name: ''", "2:7: name: must not be empty"},
        {"name: [x]", "2:7: name: expected text, found a list"},
        {"name:", "2:1: name: expected text, found nothing"},
        {"admin: {port: x}", "2:15: admin.port: expected a whole number from 0 to 65535, found 'x'"},
        {"admin: {port: 1.5}", "found '1.5'"},
        {"admin: {port: '80'}", "found '80'"},
        {"admin: {port: 70000}", "2:15: admin.port: must be from 0 to 65535"},
        {"limits: {maxBody: 1MiX}", "expected a size such as 4096, 512KiB or 4MiB, found '1MiX'"},
        {"limits: {maxBody: 1}", "limits.maxBody: must be from 1KiB to 1GiB"},
        {"limits: {memory: 1MiB}", "limits.memory: must be at least 32MiB, or 0"},
        {"limits: {memory: 31MiB}", "limits.memory: must be at least 32MiB, or 0"},
        {"operational: {catalogRefresh: 5}",
         "expected a duration such as 250ms, 30s, 5m or 1h30m, found '5'"},
        {"operational: {catalogRefresh: 1ms}", "must be from 100ms to 24h"},
        {"telemetry: {enablePrometheusMetricsPath: yes}", "expected true or false, found 'yes'"},
        {"telemetry: {enablePrometheusMetricsPath: 'true'}", "expected true or false, found 'true'"},
        {"log: {level: warning}",
         "expected one of: debug, info, warn, error, found 'warning'; did you mean 'warn'?"},
        {"log: {format: xml}", "expected one of: text, json, found 'xml'"},
        {"log: x", "2:6: log: expected a mapping, found text"},
        {"log: [x]", "log: expected a mapping, found a list"},
        {"metadata: x", "metadata: expected a mapping, found text"},
        {"metadata: {a: [b]}", "metadata.a: expected text, found a list"},
        {"passthroughHeaders: x", "passthroughHeaders: expected a list, found text"},
        {"passthroughHeaders: [[x]]", "passthroughHeaders[0]: expected header name, found a list"},
        {"passthroughHeaders: [X-A, 'a b']", "2:27: passthroughHeaders[1]: is not an HTTP header name"},
        {"listener: {allowedOrigins: ['x']}", "listener.allowedOrigins[0]: is not an origin"},
        {"listener: {allowedHosts: ['http://x']}", "listener.allowedHosts[0]: is not a host"},
        {"admin: {address: localhost}", "admin.address: is not an IP address"},
        {"aggregation: {conflictResolutionConfig: {prefixFormat: '{x}_'}}",
         "prefixFormat: may hold {workload}"},
        {"log: {level: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
         "found 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(behind(text), HasSubstr(std::string(expected))) << text;
}

TEST(problems, of_backends) {
    const problem_case cases[] = {
        {"name: x", "1:1: there is nothing to serve"},
        {"aggregation: {tools: [{workload: a}]}", "1:1: there is nothing to serve"},
        {"[]", "1:1: expected a mapping of keys to values"},
        {"x", "1:1: expected a mapping of keys to values"},
        {"backends: {a: b}", "backends: expected a list, found a mapping"},
        {"backends: [x]", "backends[0]: expected a mapping, found text"},
        {"backends: [{url: 'http://h/'}]", "1:12: backends[0].name: required key 'name' is missing: name"},
        {"backends: [{name: a}]", "backends[0].url: required key 'url' is missing: URL"},
        {"backends: [{name: a, url: h}]", "backends[0].url: the URL must start with http:// or https://"},
        {"backends: [{name: 'a b', url: 'http://h/'}]", "backends[0].name: may hold letters"},
        {"backends: [{name: _a, url: 'http://h/'}]", "backends[0].name: must start with a letter or a digit"},
        {"backends: [{name: a, url: 'http://h/'}, {name: a, url: 'http://g/'}]",
         "1:48: backends[1].name: another backend has the name 'a' already"},
        {"backends: [{name: a, url: 'http://h/'}]\nmcpServers: {a: {url: 'http://g/'}}",
         "mcpServers.a.name: another backend has the name 'a' already"},
        {"backends: [{name: a, url: 'http://h/', transport: ws}]", "one of: streamable-http, sse, stdio"},
        {"backends: [{name: a, url: 'http://h/', transport: sse, era: auto}]",
         "backends[0].era: the transport 'sse' is one of the older revisions"},
        {"backends: [{name: a, command: npx, transport: sse}]",
         "backends[0].transport: a command is spoken to by 'stdio'"},
        {"backends: [{name: a, url: 'http://h/', type: entry}]", "backends[0].type: not supported yet"},
        {"backends: [{name: a, url: 'http://h/', headers: {Host: x}}]",
         "backends[0].headers.Host: the key 'Host'"},
        {"backends: [{name: a, url: 'http://h/', headers: {X-A: x, x-a: y}}]", "this header stands twice"},
        {"mcpServers: {a: {command: npx, envFile: x}}",
         "mcpServers.a.envFile: not supported yet: give the variables in env"},
        {"mcpServers: {a: {type: stdio, url: 'http://h/'}}",
         "mcpServers.a.command: required by transport stdio: the program to be started"},
        {"mcpServers: {a: {type: http, command: npx}}",
         "mcpServers.a.type: a command is spoken to by 'stdio'; write that, or nothing"},
        {"backends: [{name: a, command: npx, url: 'http://h/'}]",
         "backends[0].command: give either url or command"},
        {"backends: [{name: a, url: 'http://h/', args: [x]}]",
         "backends[0].args: has no effect without command"},
        {"backends: [{name: a, command: npx, headers: {X-A: b}}]",
         "backends[0].headers: has no effect with command"},
        {"backends: [{name: a, command: npx, caBundlePath: /ca.pem}]",
         "backends[0].caBundlePath: has no effect with command"},
        {"backends: [{name: a, command: ''}]", "backends[0].command: must not be empty"},
        {"backends: [{name: a, command: npx, env: {'A B': x}}]", "backends[0].env[\"A B\"]: the key 'A B'"},
        {"backends: [{name: a, command: npx, args: [\"a\\0b\"]}]", "must not hold a zero byte"},
        {"backends: [{name: a, command: npx, startTimeout: 1ms}]", "backends[0].startTimeout: must be"},
        {"backends: [{name: a, command: npx}]\noutgoingAuth: {backends: {a: {type: header_injection, "
         "headerInjection: {headerName: X-A, headerValue: b}}}}",
         "outgoingAuth.backends.a: has no effect on a program: give it what it needs in its env"},
        {"mcpServers: {a: {type: sse, command: x}}", "mcpServers.a.type: a command is spoken to by 'stdio'"},
        {"mcpServers: {a: {type: ws, url: 'http://h/'}}",
         "expected one of: http, streamable-http, sse, stdio, found 'ws'"},
        {"mcpServers: {'a b': {url: 'http://h/'}}", "mcpServers[\"a b\"]: the key 'a b' may hold letters"},
        {"inputs: []\nservers: {a: {url: 'http://h/'}}", "inputs: not supported yet: vmcp asks no questions"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(world{}.bad(text), HasSubstr(std::string(expected))) << text;
}

TEST(problems, of_credentials) {
    const problem_case cases[] = {
        {"incomingAuth: {type: oidc}", "incomingAuth.oidc: required by type oidc"},
        {"incomingAuth: {type: localhost}", "expected one of: anonymous, oidc, local, found 'localhost'"},
        {"incomingAuth: {type: local, oidc: {issuer: \"https://a.example\"}}",
         "has no effect with type local"},
        {"incomingAuth: {oidc: {issuer: 'https://i', audience: a}}",
         "incomingAuth.oidc: has no effect with type anonymous; write 'type: oidc'"},
        {"incomingAuth: {type: oidc, oidc: {audience: a}}", "oidc.issuer: required key 'issuer' is missing"},
        {"incomingAuth: {type: oidc, oidc: {issuer: x, audience: a}}", "oidc.issuer: "},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i'}}",
         "incomingAuth.oidc: give audience or resource: without them, tokens for any other service would do"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'http://i', audience: a}}",
         "issuer: must start with https://"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'http://i.localhost', audience: a}}", // DNS may say where that is
         "issuer: must start with https://"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i?x', audience: a}}",
         "issuer: an issuer has no query"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, jwksUrl: 'http://10.0.0.1/k'}}",
         "jwksUrl: must start with https://"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, introspectionUrl: "
         "'http://i/k'}}",
         "introspectionUrl: must start with https://"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, clientSecretEnv: X}}",
         "clientSecretEnv: needs clientId"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, introspectionUrl: "
         "'https://i/k', "
         "clientId: c, clientSecretEnv: NOT_SET}}",
         "clientSecretEnv: environment variable 'NOT_SET' is not set"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, caBundlePath: /none}}",
         "caBundlePath: cannot read file '/none'"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, requiredScopes: ['a b']}}",
         "requiredScopes[0]: is not one scope"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, algorithms: [HS256]}}",
         "algorithms[0]: "},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, dpop: true}}",
         "oidc.dpop: needs resource"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', resource: 'https://r', dpopNonce: true}}",
         "oidc.dpopNonce: needs dpop"},
        {"incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: a, leeway: 3m}}",
         "leeway: must be from"},
        {"incomingAuth: {authz: {primaryUpstreamProvider: x}}",
         "incomingAuth.authz.primaryUpstreamProvider: not supported yet"},
        {"outgoingAuth: {source: discovered}", "groupRef: required by outgoingAuth.source discovered"},
        {"aggregation: {tools: [{workload: a, toolConfigRef: {name: t}}]}",
         "toolConfigRef: has no effect unless outgoingAuth.source is discovered"},
        {"groupRef: g\noutgoingAuth: {source: discovered}\naggregation: {tools: [{workload: a, "
         "toolConfigRef: {}}]}",
         "required key 'name' is missing"},
        {"outgoingAuth: {default: {}}", "outgoingAuth.default.type: required key 'type' is missing"},
        {"outgoingAuth: {default: {type: obo}}", "'obo' is not supported yet"},
        {"outgoingAuth: {default: {type: upstream_inject, upstreamInject: {}}}",
         "outgoingAuth.default.upstreamInject: not supported yet"},
        {"outgoingAuth: {default: {type: header_injection}}",
         "headerInjection: required by type header_injection"},
        {"outgoingAuth: {default: {type: unauthenticated, headerInjection: {headerName: X, headerValue: y}}}",
         "headerInjection: has no effect with type unauthenticated"},
        {"outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X}}}",
         "give either headerValue or headerValueEnv"},
        {"outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X, headerValue: a, "
         "headerValueEnv: B}}}",
         "give either headerValue or headerValueEnv"},
        {"outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: Host, headerValue: "
         "a}}}",
         "headerName: names a header that vmcp itself writes"},
        {"outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X, headerValue: "
         "\"a\\nb\"}}}",
         "headerValue: may hold visible ASCII characters"},
        {"outgoingAuth: {backends: {b: {type: unauthenticated}}}",
         "outgoingAuth.backends.b: no backend has the name 'b'"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(behind(text), HasSubstr(std::string(expected))) << text;
    EXPECT_THAT(
        world{}.bad("backends: [{name: a, url: 'http://h/', headers: {X-Key: v}}]\n"
                    "outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: x-key, "
                    "headerValue: w}}}"),
        HasSubstr("1:57: backends[0].headers.X-Key: outgoingAuth sets this header too"));
    EXPECT_THAT(world{}.bad("backends: [{name: a, url: 'http://h/', sessions: single}]\n"
                            "outgoingAuth: {default: {type: token_exchange, tokenExchange: "
                            "{tokenUrl: 'https://i/t', audience: a}}}"),
                HasSubstr("backends[0].sessions: 'single' lets all callers use one session"));
}

TEST(problems, never_show_a_secret) {
    world sample{{{"KEY", "hunter2\n"}}, {}};
    for (const std::string_view text : {"outgoingAuth: {default: {type: header_injection, headerInjection: "
                                        "{headerName: X, headerValueEnv: KEY}}}",
                                        "outgoingAuth: {default: {type: header_injection, headerInjection: "
                                        "{headerName: X, headerValue: ' hunter2'}}}",
                                        "admin: {token: 'hunter2 '}", "admin: {token: [hunter2]}"}) {
        // One of them is this machine's, which costs only the backend.
        const auto problems =
            format_problems(sample.load(std::string(test::one_backend) + std::string(text)).problems);
        EXPECT_THAT(problems, Not(HasSubstr("hunter2"))) << text;
        EXPECT_THAT(problems, HasSubstr("vmcp.yaml:2:")) << text;
    }
    EXPECT_THAT(world{}.bad("backends: [{name: a, url: 'http://me:hunter2@h/'}]"), Not(HasSubstr("hunter2")));
}

TEST(problems, of_certificates) {
    world sample{{},
                 {{"/c.pem", std::string(test::certificate_pem)},
                  {"/k.pem", std::string(test::key_pem)},
                  {"/x", "x"}}};
    const auto tls = [&](std::string_view text) {
        return sample.bad(std::string(test::one_backend) + "listener: {tls: {" + std::string(text) + "}}");
    };
    EXPECT_THAT(tls("certificatePath: /c.pem"),
                HasSubstr("listener.tls: needs both certificatePath and keyPath"));
    EXPECT_THAT(tls("keyPath: /k.pem"), HasSubstr("needs both"));
    EXPECT_THAT(tls(""), HasSubstr("needs both"));
    EXPECT_THAT(tls("certificatePath: /none, keyPath: /k.pem"),
                HasSubstr("certificatePath: cannot read file '/none'"));
    EXPECT_THAT(tls("certificatePath: /c.pem, keyPath: /none"),
                HasSubstr("keyPath: cannot read file '/none'"));
    EXPECT_THAT(tls("certificatePath: /x, keyPath: /k.pem"), HasSubstr("'/x' is not PEM with a CERTIFICATE"));
    EXPECT_THAT(tls("certificatePath: /c.pem, keyPath: /c.pem"), HasSubstr("is not PEM with a PRIVATE KEY"));
    EXPECT_THAT(tls("certificatePath: /c.pem, keyPath: /k.pem, clientCaPath: /none"),
                HasSubstr("clientCaPath: cannot read file '/none'"));
    EXPECT_THAT(tls("certificatePath: /c.pem, keyPath: /k.pem, clientAuth: optional"),
                HasSubstr("clientAuth: has no effect without clientCaPath"));
    const auto good = sample.load(std::string(test::one_backend) +
                                  "listener: {tls: {certificatePath: /c.pem, keyPath: /k.pem}}");
    EXPECT_EQ(good.files, (std::vector<std::string>{"conf/vmcp.yaml", "/c.pem", "/k.pem"}));
}

TEST(problems, of_aggregation) {
    const problem_case cases[] = {
        {"aggregation: {conflictResolution: priority}",
         "priorityOrder: required by conflictResolution priority"},
        {"aggregation: {conflictResolution: priority, conflictResolutionConfig: {priorityOrder: []}}",
         "priorityOrder: required by"},
        {"aggregation: {conflictResolutionConfig: {priorityOrder: [b]}}",
         "priorityOrder: no backend has the name 'b'"},
        {"aggregation: {conflictResolutionConfig: {priorityOrder: [a, a]}}", "'a' stands twice"},
        {"aggregation: {conflictResolution: manual}",
         "aggregation.tools: required by conflictResolution manual"},
        {"aggregation: {conflictResolution: priority, conflictResolutionConfig: {priorityOrder: [a]}, "
         "defaultToolVisibility: deny}",
         "'a' has no entry in aggregation.tools"},
        {"aggregation: {tools: [{workload: b}]}",
         "aggregation.tools[0].workload: no backend has the name 'b'"},
        {"aggregation: {tools: [{workload: a}, {workload: a}]}", "'a' stands twice in aggregation.tools"},
        {"aggregation: {tools: [{}]}", "required key 'workload' is missing"},
        {"aggregation: {tools: [{workload: a, overrides: {t: {}}}]}", "overrides.t: changes nothing"},
        {"aggregation: {tools: [{workload: a, overrides: {t: {annotations: {}}}}]}",
         "overrides.t: changes nothing"},
        {"aggregation: {tools: [{workload: a, overrides: {t: {name: x}, u: {name: x}}}]}",
         "overrides.u.name: another tool of this backend is named 'x' already"},
        {"aggregation: {tools: [{workload: a, overrides: {t: {name: 'x y'}}}]}",
         "overrides.t.name: may hold letters"},
        {"aggregation: {tools: [{workload: a, overrides: {t: {annotations: {readonlyHint: true}}}}]}",
         "did you mean 'readOnlyHint'?"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(behind(text), HasSubstr(std::string(expected))) << text;
}

TEST(problems, of_operations) {
    const problem_case cases[] = {
        {"operational: {timeouts: {perWorkload: {b: 1s}}}", "perWorkload.b: no backend has the name 'b'"},
        {"operational: {failureHandling: {healthCheckInterval: 5s, healthCheckTimeout: 5s}}",
         "healthCheckTimeout: must be less than healthCheckInterval"},
        {"operational: {failureHandling: {healthCheckTimeout: 31s}}",
         "must be less than healthCheckInterval"},
        {"operational: {failureHandling: {circuitBreaker: {timeout: 999ms}}}",
         "timeout: must be from 1s to 24h"},
        {"operational: {failureHandling: {partialFailureMode: bestEffort}}",
         "found 'bestEffort'; did you mean 'best_effort'?"},
        {"operational: {failureHandling: {statusReportingInterval: 999ms}}",
         "statusReportingInterval: must be from 1s to 24h"},
        {"operational: {logLevel: info}", "operational.logLevel"},
        {"passthroughHeaders: [X-A, x-a]", "passthroughHeaders: 'x-a' stands twice"},
        {"passthroughHeaders: [X-Key]\n"
         "outgoingAuth: {default: {type: header_injection, headerInjection: {headerName: X-KEY, headerValue: "
         "s}}}",
         "passthroughHeaders: 'x-key' is set by outgoingAuth for backend 'a' too; keep one"},
        {"passthroughHeaders: [Authorization]",
         "passthroughHeaders[0]: names a header that must not be passed"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(behind(text), HasSubstr(std::string(expected))) << text;
}

TEST(problems, of_unknown_keys) {
    const problem_case cases[] = {
        {"groupReff: x", "2:1: groupReff: unknown key; did you mean 'groupRef'?"},
        {"Metadata: {}", "unknown key; did you mean 'metadata'?"},
        {"healthCheckInterval: 1s",
         "unknown key here; did you mean 'operational.failureHandling.healthCheckInterval'?"},
        {"conflictResolution: prefix", "unknown key here; did you mean 'aggregation.conflictResolution'?"},
        {"conflictResolutoin: prefix", "unknown key here; did you mean 'aggregation.conflictResolution'?"},
        {"log: {prefixFormat: x}",
         "unknown key here; did you mean 'aggregation.conflictResolutionConfig.prefixFormat'?"},
        {"operational: {failureHandling: {unhealthyTreshold: 3}}", "did you mean 'unhealthyThreshold'?"},
        // Of several places the nearest one.
        {"limits: {tls: {}}", "unknown key here; did you mean 'listener.tls'?"},
        {"outgoingAuth: {headerName: X}",
         "unknown key here; did you mean 'outgoingAuth.default.headerInjection.headerName'?"},
        // By its spelling here, and by its name elsewhere.
        {"operational: {timeout: 5s}",
         "did you mean 'timeouts', or 'operational.failureHandling.circuitBreaker.timeout'?"},
        {"oidc: {}", "unknown key here; did you mean 'incomingAuth.oidc'?"},
        {"operational: {optimizer: {}}", "did you mean 'optimizer' (not supported yet)?"},
        {"log: {verbosity: 3}", "log.verbosity: unknown key; expected one of: level, format, access"},
        {"zzzzzzzzzzzzzzz: 3", "unknown key; 'vmcp schema' prints all keys"},
        {"compositTools: []", "unknown key"},
        {"'a.b': x", "[\"a.b\"]: unknown key"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(behind(text), HasSubstr(std::string(expected))) << text;
}

TEST(problems, a_group_without_backends_says_what_to_do) {
    EXPECT_EQ(world{}.bad("name: x\ngroupRef: engineering\n"
                          "outgoingAuth: {backends: {a: {type: unauthenticated}}}\n"
                          "aggregation: {tools: [{workload: b}]}\n"),
              "conf/vmcp.yaml:2:11: backends: this key is missing: groupRef is a label, the workloads of a "
              "ToolHive group are not looked up; list them here: 'thv list --group engineering --format "
              "mcpservers | vmcp init --from -' writes the list\n")
        << "and nothing that follows from it";
    EXPECT_THAT(world{}.bad("groupRef: 'a; rm -rf b'"), HasSubstr("thv list --group GROUP --format"));
}

TEST(problems, every_key_without_effect_is_refused) {
    int seen = 0;
    for (const auto& row : schema_table()) {
        if (!row.not_yet || row.path.find('*') != row.path.npos || row.path.find("[]") != row.path.npos)
            continue;
        std::string text = row.path + ": x";
        for (auto dot = text.find('.'); dot < row.path.size() && dot != text.npos;
             dot = text.find('.', dot + 3))
            text = text.substr(0, dot) + ": {" + text.substr(dot + 1) + "}";
        EXPECT_THAT(behind(text), HasSubstr(row.path + ": not supported yet")) << text;
        ++seen;
    }
    EXPECT_GT(seen, 10);
}

TEST(problems, of_one_key_do_not_cause_others) {
    EXPECT_EQ(world{}.bad("backends: [{name: 'a b', url: 'http://h/'}]\n"
                          "outgoingAuth: {backends: {a: {type: unauthenticated}}}\n"
                          "aggregation: {tools: [{workload: a}]}\n"),
              "conf/vmcp.yaml:1:19: backends[0].name: may hold letters, digits, '_', '.' and '-' only\n");
    EXPECT_EQ(
        world{}.bad("mcpServers: {a: {type: websocket, envFile: x}}\n"),
        "conf/vmcp.yaml:1:24: mcpServers.a.type: expected one of: http, streamable-http, sse, stdio, found "
        "'websocket'\n"
        "conf/vmcp.yaml:1:35: mcpServers.a.envFile: not supported yet: give the variables in env, "
        "where ${NAME} "
        "and ${file:PATH} are filled in\n");
}

TEST(problems, are_bounded) {
    std::string text(test::one_backend);
    for (int i = 0; i < 20'000; ++i)
        text += "k" + std::to_string(i) + ": x\n";
    EXPECT_EQ(world{}.load(text).problems.size(), 1'000u);
}

TEST(problems, of_the_file_itself) {
    const world empty;
    const auto sources = empty.sources();
    const auto out = load_config("none.yaml", sources);
    EXPECT_EQ(format_problems(out.problems),
              "none.yaml:1:1: cannot read the configuration: No such file or directory\n");
    EXPECT_EQ(out.files, std::vector<std::string>{"none.yaml"});
    EXPECT_EQ(format_problems(load_config("-", sources).problems),
              "<stdin>:1:1: cannot read the configuration: No such file or directory\n");
    world stdin_world{{}, {{"-", std::string(test::one_backend)}}};
    const auto good = load_config("-", stdin_world.sources());
    ASSERT_TRUE(good);
    EXPECT_TRUE(good.value->files.empty()) << "standard input cannot be watched";
}

} // namespace
} // namespace vmcp
