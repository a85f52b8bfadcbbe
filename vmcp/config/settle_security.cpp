// outgoingAuth is resolved to one strategy per backend; certificates are read, so that a change on disk is a
// change of the configuration.
#include "vmcp/base/ascii.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"
#include "vmcp/config/text_rules.hpp"

#include <algorithm>
#include <map>

namespace vmcp {
namespace {

void settle_injection(settling& at, strategy_draft& strategy) {
    const auto path = strategy.path / "headerInjection";
    const bool has_value = at.has(path / "headerValue");
    const bool has_variable = at.has(path / "headerValueEnv");
    if (has_value == has_variable)
        return at.complain(path, "give either headerValue or headerValueEnv");
    if (strategy.header_value_env.empty())
        return; // given as headerValue, or wrong and reported
    const auto value = at.sources.environment(strategy.header_value_env);
    if (!value)
        return at.complain(path / "headerValueEnv",
                           "environment variable '" + strategy.header_value_env + "' is not set", true);
    if (const auto found = rules::header_value.problem(*value))
        return at.complain(path / "headerValueEnv",
                           "the value of '" + strategy.header_value_env + "' " + *found, true);
    strategy.auth.header_value = *value;
}

void settle_strategy(settling& at, strategy_draft& strategy) {
    const bool injects = strategy.auth.type == auth_strategy::kind::header_injection;
    if (injects && !strategy.has_header_injection)
        return at.complain(strategy.path / "headerInjection", "required by type header_injection");
    if (strategy.has_type && !injects && strategy.has_header_injection)
        return at.complain(strategy.path / "headerInjection",
                           strategy.auth.type == auth_strategy::kind::unauthenticated
                               ? "has no effect with type unauthenticated; write 'type: header_injection'"
                               : "has no effect with this type; write 'type: header_injection'");
    if (strategy.has_header_injection)
        settle_injection(at, strategy);
    settle_tokens(at, strategy);
}

void check_double(settling& at, const backend_config& backend, const key_path& path) {
    const std::string injected = lowered(backend.auth.header_name);
    for (const auto& [name, value] : backend.headers) {
        if (!injected.empty() && lowered(name) == injected)
            at.complain(path / "headers" / name, "outgoingAuth sets this header too; keep one");
    }
}

// For backends that are found later.
void keep_strategies(config_draft& draft) {
    if (draft.default_strategy)
        draft.discovery.fallback = {.auth = draft.default_strategy->auth};
    for (const auto& [name, strategy] : draft.strategies)
        draft.discovery.strategies[name] = {.auth = strategy.auth};
}

} // namespace

pem_file read_pem(settling& at, const std::string& full, std::string_view kind) {
    if (std::find(at.files.begin(), at.files.end(), full) == at.files.end())
        at.files.push_back(full);
    auto content = at.sources.read_file(full);
    if (!content)
        return {.problem = "cannot read file '" + full + "': " + content.error().detail};
    const auto begin = content->find("-----BEGIN ");
    if (begin == std::string::npos || content->find(kind, begin) == std::string::npos)
        return {.problem = "file '" + full + "' is not PEM with a " + std::string(kind)};
    const bool encrypted = content->find("-----BEGIN ENCRYPTED ") != std::string::npos ||
                           content->find("Proc-Type: 4,ENCRYPTED") != std::string::npos;
    if (kind == "PRIVATE KEY" && encrypted)
        return {.problem = "file '" + full +
                           "' is protected by a pass phrase, for which nobody is asked; give it without one"};
    return {.content = *std::move(content)};
}

namespace {

void settle_listener_tls(settling& at) {
    auto& tls = at.draft.out.listener.tls;
    const auto path = key_path{} / "listener" / "tls";
    const bool has_certificate = at.has(path / "certificatePath");
    const bool has_key = at.has(path / "keyPath");
    if (!at.has(path))
        return;
    if (!has_certificate || !has_key)
        return at.complain(path, "needs both certificatePath and keyPath");
    if (at.has(path / "clientAuth") && !at.has(path / "clientCaPath"))
        at.complain(path / "clientAuth", "has no effect without clientCaPath");
    const auto read = [&](std::string& file, std::string_view key, std::string_view kind) -> std::string {
        if (file.empty())
            return {}; // wrong, and reported
        file = resolve_path(at.document.file, file);
        auto pem = read_pem(at, file, kind);
        if (!pem.problem.empty())
            at.complain(path / key, std::move(pem.problem));
        return std::move(pem.content);
    };
    tls.certificate = read(tls.certificate_path, "certificatePath", "CERTIFICATE");
    tls.key = read(tls.key_path, "keyPath", "PRIVATE KEY");
    tls.client_ca = read(tls.client_ca_path, "clientCaPath", "CERTIFICATE");
    at.draft.out.incoming.oidc.client_certificates = !tls.client_ca_path.empty();
}

} // namespace

void settle_credentials(settling& at) {
    auto& draft = at.draft;
    if (draft.default_strategy)
        settle_strategy(at, *draft.default_strategy);
    for (auto& [name, strategy] : draft.strategies) {
        at.expect_backend(strategy.path, name);
        settle_strategy(at, strategy);
    }
    if (draft.out.cluster.discover)
        keep_strategies(draft);
    for (std::size_t i = 0; i < draft.out.backends.size(); ++i) {
        auto& backend = draft.out.backends[i];
        const auto own = draft.strategies.find(backend.name);
        if (backend.transport == "stdio") {
            if (own != draft.strategies.end() &&
                own->second.auth.type != auth_strategy::kind::unauthenticated)
                at.complain(own->second.path, "has no effect on a program: give it what it needs in its env");
            continue;
        }
        if (own != draft.strategies.end())
            backend.auth = own->second.auth;
        else if (draft.default_strategy)
            backend.auth = draft.default_strategy->auth;
        check_double(at, backend, draft.backend_paths[i]);
    }
}

void settle_certificates(settling& at) {
    std::map<std::string, pem_file> bundles; // many backends share one
    for (std::size_t i = 0; i < at.draft.out.backends.size(); ++i) {
        auto& backend = at.draft.out.backends[i];
        if (backend.ca_bundle_path.empty())
            continue;
        backend.ca_bundle_path = resolve_path(at.document.file, backend.ca_bundle_path);
        auto known = bundles.find(backend.ca_bundle_path);
        if (known == bundles.end())
            known =
                bundles.emplace(backend.ca_bundle_path, read_pem(at, backend.ca_bundle_path, "CERTIFICATE"))
                    .first;
        backend.ca_bundle = known->second.content;
        if (!known->second.problem.empty()) // of each that needs it
            at.complain(at.draft.backend_paths[i] / "caBundlePath", known->second.problem, true);
    }
    settle_listener_tls(at);
}

} // namespace vmcp
