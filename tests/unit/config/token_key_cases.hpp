// Rows of keys_test.cpp for the strategies of outgoingAuth that get tokens.
#pragma once

#include "config_fixture.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// `text` is put behind one backend named "a", unless it has backends of its own.
struct key_case {
    std::string_view key;
    std::string_view text;
    bool (*holds)(const config&);
};

inline const backend_config& first(const config& c) {
    return c.backends.at(0);
}

namespace {

const key_case token_cases[] = {
    {"outgoingAuth.default.tokenExchange.tokenUrl",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.default.tokenExchange.clientId",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.default.tokenExchange.clientSecret",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.default.tokenExchange.clientSecretEnv",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecretEnv: KEY}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.default.tokenExchange.privateKeyPath",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "privateKeyPath: /k.pem, keyId: k}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key == test::key_pem; }},
    {"outgoingAuth.default.tokenExchange.keyId",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "privateKeyPath: /k.pem, keyId: k}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key_id == "k"; }},
    {"outgoingAuth.default.tokenExchange.audience",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s, audience: x}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.default.tokenExchange.resource",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s, resource: 'https://r/'}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.default.tokenExchange.scopes",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s, scopes: [x, y]}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x", "y"}; }},
    {"outgoingAuth.default.tokenExchange.subjectTokenType",
     "outgoingAuth: {default: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', clientId: c, "
     "clientSecret: s, subjectTokenType: jwt}}}",
     [](const config& c) { return first(c).auth.tokens.subject_token_type == "jwt"; }},
    {"outgoingAuth.default.clientCredentials.tokenUrl",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.default.clientCredentials.clientId",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.default.clientCredentials.clientSecret",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.default.clientCredentials.clientSecretEnv",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecretEnv: KEY}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.default.clientCredentials.privateKeyPath",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key == test::key_pem; }},
    {"outgoingAuth.default.clientCredentials.keyId",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key_id == "k"; }},
    {"outgoingAuth.default.clientCredentials.audience",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, audience: x}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.default.clientCredentials.resource",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, resource: 'https://r/'}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.default.clientCredentials.scopes",
     "outgoingAuth: {default: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, scopes: [x, y]}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x", "y"}; }},
    {"outgoingAuth.default.xaa.idpTokenUrl",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.default.xaa.idpClientId",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, idpClientId: c, idpClientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.default.xaa.idpClientSecret",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, idpClientId: c, idpClientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.default.xaa.idpClientSecretEnv",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, idpClientId: c, idpClientSecretEnv: KEY}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.default.xaa.targetTokenUrl",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x}}}",
     [](const config& c) { return first(c).auth.tokens.target.url == "https://bs/t"; }},
    {"outgoingAuth.default.xaa.targetClientId",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, targetClientId: c, targetClientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.target.id == "c"; }},
    {"outgoingAuth.default.xaa.targetClientSecret",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, targetClientId: c, targetClientSecret: s}}}",
     [](const config& c) { return first(c).auth.tokens.target.secret == "s"; }},
    {"outgoingAuth.default.xaa.targetClientSecretEnv",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, targetClientId: c, targetClientSecretEnv: KEY}}}",
     [](const config& c) { return first(c).auth.tokens.target.secret == "from-env"; }},
    {"outgoingAuth.default.xaa.targetAudience",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.default.xaa.targetResource",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, targetResource: 'https://r/'}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.default.xaa.scopes",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, scopes: [x]}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x"}; }},
    {"outgoingAuth.default.xaa.subjectTokenType",
     "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: 'https://bs/t', "
     "targetAudience: x, subjectTokenType: id_token}}}",
     [](const config& c) { return first(c).auth.tokens.subject_token_type == "id_token"; }},
    {"outgoingAuth.backends.*.tokenExchange.tokenUrl",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.backends.*.tokenExchange.clientId",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.backends.*.tokenExchange.clientSecret",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.backends.*.tokenExchange.clientSecretEnv",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecretEnv: KEY}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.backends.*.tokenExchange.privateKeyPath",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key == test::key_pem; }},
    {"outgoingAuth.backends.*.tokenExchange.keyId",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key_id == "k"; }},
    {"outgoingAuth.backends.*.tokenExchange.audience",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, audience: x}}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.backends.*.tokenExchange.resource",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, resource: 'https://r/'}}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.backends.*.tokenExchange.scopes",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, scopes: [x, y]}}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x", "y"}; }},
    {"outgoingAuth.backends.*.tokenExchange.subjectTokenType",
     "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, subjectTokenType: jwt}}}}",
     [](const config& c) { return first(c).auth.tokens.subject_token_type == "jwt"; }},
    {"outgoingAuth.backends.*.clientCredentials.tokenUrl",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.backends.*.clientCredentials.clientId",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.backends.*.clientCredentials.clientSecret",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.backends.*.clientCredentials.clientSecretEnv",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecretEnv: KEY}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.backends.*.clientCredentials.privateKeyPath",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key == test::key_pem; }},
    {"outgoingAuth.backends.*.clientCredentials.keyId",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, privateKeyPath: /k.pem, keyId: k}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.key_id == "k"; }},
    {"outgoingAuth.backends.*.clientCredentials.audience",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, audience: x}}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.backends.*.clientCredentials.resource",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, resource: 'https://r/'}}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.backends.*.clientCredentials.scopes",
     "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {tokenUrl: 'https://as/t', "
     "clientId: c, clientSecret: s, scopes: [x, y]}}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x", "y"}; }},
    {"outgoingAuth.backends.*.xaa.idpTokenUrl",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.url == "https://as/t"; }},
    {"outgoingAuth.backends.*.xaa.idpClientId",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, idpClientId: c, idpClientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.id == "c"; }},
    {"outgoingAuth.backends.*.xaa.idpClientSecret",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, idpClientId: c, idpClientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "s"; }},
    {"outgoingAuth.backends.*.xaa.idpClientSecretEnv",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, idpClientId: c, idpClientSecretEnv: KEY}}}}",
     [](const config& c) { return first(c).auth.tokens.endpoint.secret == "from-env"; }},
    {"outgoingAuth.backends.*.xaa.targetTokenUrl",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x}}}}",
     [](const config& c) { return first(c).auth.tokens.target.url == "https://bs/t"; }},
    {"outgoingAuth.backends.*.xaa.targetClientId",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, targetClientId: c, targetClientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.target.id == "c"; }},
    {"outgoingAuth.backends.*.xaa.targetClientSecret",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, targetClientId: c, targetClientSecret: s}}}}",
     [](const config& c) { return first(c).auth.tokens.target.secret == "s"; }},
    {"outgoingAuth.backends.*.xaa.targetClientSecretEnv",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, targetClientId: c, targetClientSecretEnv: KEY}}}}",
     [](const config& c) { return first(c).auth.tokens.target.secret == "from-env"; }},
    {"outgoingAuth.backends.*.xaa.targetAudience",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x}}}}",
     [](const config& c) { return first(c).auth.tokens.audience == "x"; }},
    {"outgoingAuth.backends.*.xaa.targetResource",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, targetResource: 'https://r/'}}}}",
     [](const config& c) { return first(c).auth.tokens.resource == "https://r/"; }},
    {"outgoingAuth.backends.*.xaa.scopes",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, scopes: [x]}}}}",
     [](const config& c) { return first(c).auth.tokens.scopes == std::vector<std::string>{"x"}; }},
    {"outgoingAuth.backends.*.xaa.subjectTokenType",
     "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', targetTokenUrl: "
     "'https://bs/t', targetAudience: x, subjectTokenType: jwt}}}}",
     [](const config& c) { return first(c).auth.tokens.subject_token_type == "jwt"; }},
};

} // namespace

} // namespace vmcp
