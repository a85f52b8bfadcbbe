// outgoingAuth is resolved to one strategy per backend; certificates are read, so that a change on disk is a
// change of the configuration.
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
                           "environment variable '" + strategy.header_value_env + "' is not set");
    if (const auto found = rules::header_value.problem(*value))
        return at.complain(path / "headerValueEnv",
                           "the value of '" + strategy.header_value_env + "' " + *found);
    strategy.auth.header_value = *value;
}

void settle_strategy(settling& at, strategy_draft& strategy) {
    const bool injects = strategy.auth.type == auth_strategy::kind::header_injection;
    if (injects && !strategy.has_header_injection)
        return at.complain(strategy.path / "headerInjection", "required by type header_injection");
    if (strategy.has_type && !injects && strategy.has_header_injection)
        return at.complain(strategy.path / "headerInjection",
                           "has no effect with type unauthenticated; write 'type: header_injection'");
    if (strategy.has_header_injection)
        settle_injection(at, strategy);
}

void check_double(settling& at, const backend_config& backend, const key_path& path) {
    const std::string injected = lower_case(backend.auth.header_name);
    for (const auto& [name, value] : backend.headers) {
        if (!injected.empty() && lower_case(name) == injected)
            at.complain(path / "headers" / name, "outgoingAuth sets this header too; keep one");
    }
}

// The content of a PEM file that holds `what`; empty when that failed, which is then reported.
std::string read_pem(settling& at, const std::string& file, const key_path& path, std::string_view what) {
    const std::string full = resolve_path(at.document.file, file);
    if (std::find(at.files.begin(), at.files.end(), full) == at.files.end())
        at.files.push_back(full);
    const auto content = at.sources.read_file(full);
    if (!content) {
        at.complain(path, "cannot read file '" + full + "': " + content.error().detail);
        return {};
    }
    const auto begin = content->find("-----BEGIN ");
    const auto kind = begin == std::string::npos ? begin : content->find(what, begin);
    if (kind == std::string::npos) {
        at.complain(path, "file '" + full + "' is not PEM with a " + std::string(what));
        return {};
    }
    return *content;
}

void settle_listener_tls(settling& at) {
    auto& tls = at.draft.out.listener.tls;
    const auto path = key_path{} / "listener" / "tls";
    const bool has_certificate = at.has(path / "certificatePath");
    const bool has_key = at.has(path / "keyPath");
    if (!at.has(path))
        return;
    if (!has_certificate || !has_key)
        return at.complain(path, "needs both certificatePath and keyPath");
    if (!tls.certificate_path.empty())
        tls.certificate = read_pem(at, tls.certificate_path, path / "certificatePath", "CERTIFICATE");
    if (!tls.key_path.empty())
        tls.key = read_pem(at, tls.key_path, path / "keyPath", "PRIVATE KEY");
    tls.certificate_path = resolve_path(at.document.file, tls.certificate_path);
    tls.key_path = resolve_path(at.document.file, tls.key_path);
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
    for (std::size_t i = 0; i < draft.out.backends.size(); ++i) {
        auto& backend = draft.out.backends[i];
        const auto own = draft.strategies.find(backend.name);
        if (own != draft.strategies.end())
            backend.auth = own->second.auth;
        else if (draft.default_strategy)
            backend.auth = draft.default_strategy->auth;
        check_double(at, backend, draft.backend_paths[i]);
    }
}

void settle_certificates(settling& at) {
    std::map<std::string, std::string> contents; // many backends share one bundle
    for (std::size_t i = 0; i < at.draft.out.backends.size(); ++i) {
        auto& backend = at.draft.out.backends[i];
        if (backend.ca_bundle_path.empty())
            continue;
        const auto path = at.draft.backend_paths[i] / "caBundlePath";
        auto known = contents.find(backend.ca_bundle_path);
        if (known == contents.end())
            known = contents
                        .emplace(backend.ca_bundle_path,
                                 read_pem(at, backend.ca_bundle_path, path, "CERTIFICATE"))
                        .first;
        backend.ca_bundle = known->second;
        backend.ca_bundle_path = resolve_path(at.document.file, backend.ca_bundle_path);
    }
    settle_listener_tls(at);
}

} // namespace vmcp
