// Backends and operations; and the order of all parts.
#include "vmcp/config/settle_config.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/config/settle_parts.hpp"
#include "vmcp/config/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace vmcp {
namespace {

// As one word of a command to copy; a placeholder where it would need quotes.
std::string shell_word(const std::string& text) {
    return rules::backend_name.problem(text) ? "GROUP" : text;
}

void check_headers(settling& at, const backend_config& backend, const key_path& path) {
    std::set<std::string> seen;
    for (const auto& [name, value] : backend.headers) {
        if (!seen.insert(lowered(name)).second)
            at.complain(path / "headers" / name, "this header stands twice, in different spellings");
    }
}

// No backends: fine where the file says so, a mistake where it says nothing.
void settle_nothing(settling& at) {
    const auto& root = at.document.root;
    if (at.draft.out.cluster.discover)
        return; // they are found
    for (const std::string_view key : {"backends", "mcpServers", "servers"}) {
        if (root.find(key) != nullptr)
            return at.warn(key_path{} / key, "empty: nothing is served until there is a backend");
    }
    at.names_known = false;
    if (at.draft.out.group_ref.empty())
        return at.complain(
            {}, "there is nothing to serve: give at least one backend in 'backends' or 'mcpServers'");
    at.problems.add(
        (key_path{} / "groupRef").locate(root), "backends",
        fmt::format("this key is missing: groupRef is a label, the workloads of a ToolHive group are not "
                    "looked up; list them here: 'thv list --group {} --format mcpservers | vmcp init "
                    "--from -' writes the list",
                    shell_word(at.draft.out.group_ref)));
}

void settle_health(settling& at) {
    const auto path = key_path{} / "operational" / "failureHandling";
    auto& failures = at.draft.out.operational.failures;
    if (!at.has(path / "healthCheckTimeout"))
        failures.health_check_timeout =
            std::min(failures.health_check_timeout, failures.health_check_interval / 2);
    else if (failures.health_check_timeout >= failures.health_check_interval)
        at.complain(path / "healthCheckTimeout", "must be less than healthCheckInterval");
}

void settle_memory(settling& at) {
    constexpr std::size_t least = std::size_t{32} << 20;
    const auto& limits = at.draft.out.limits;
    if (limits.memory != 0 && limits.memory < least)
        at.complain(key_path{} / "limits" / "memory",
                    "must be at least 32MiB, or 0: a part of what there is");
}

void settle_passthrough(settling& at) {
    std::set<std::string> seen;
    auto& headers = at.draft.out.passthrough_headers;
    for (auto& header : headers) {
        header = lowered(header);
        if (!seen.insert(header).second)
            at.complain(key_path{} / "passthroughHeaders", "'" + header + "' stands twice");
        // Or a client could add to a credential, or to what the operator has fixed.
        for (const auto& backend : at.draft.out.backends) {
            const bool fixed = std::ranges::any_of(
                backend.headers, [&](const auto& entry) { return lowered(entry.first) == header; });
            if (fixed || lowered(backend.auth.header_name) == header)
                at.complain(key_path{} / "passthroughHeaders",
                            fmt::format("'{}' is set by {} for backend '{}' too; keep one", header,
                                        fixed ? "headers" : "outgoingAuth", backend.name));
        }
    }
}

} // namespace

void settling::complain(const key_path& path, std::string message, bool of_machine) {
    if (!problems.full()) // looking up a place takes time
        problems.add(path.locate(document.root), path.text(), std::move(message), of_machine);
}

void settling::warn(const key_path& path, std::string message) {
    if (!warnings.full())
        warnings.add(path.locate(document.root), path.text(), std::move(message));
}

void settling::expect_backend(const key_path& path, std::string_view name) {
    if (names_known && !name.empty() && !names.contains(name))
        complain(path, "no backend has the name '" + std::string(name) + "'");
}

void settle_backends(settling& at) {
    if (at.draft.out.cluster.discover)
        at.names_known = false; // others are found
    if (at.document.root.kind == node_kind::mapping && at.draft.out.backends.empty())
        settle_nothing(at);
    for (std::size_t i = 0; i < at.draft.out.backends.size(); ++i) {
        auto& backend = at.draft.out.backends[i];
        const auto& path = at.draft.backend_paths[i];
        settle_program(at, backend, path);
        if (backend.transport == "sse" && backend.era != backend_era::legacy)
            at.complain(path / "era", "the transport 'sse' is one of the older revisions: leave era out");
        if (backend.name.empty())
            at.names_known = false;
        else if (!at.names.insert(backend.name).second)
            at.complain(path / "name", "another backend has the name '" + backend.name + "' already");
        check_headers(at, backend, path);
    }
}

void settle_operations(settling& at) {
    const auto& operational = at.draft.out.operational;
    for (const auto& [name, path] : at.draft.timeout_paths)
        at.expect_backend(path, name);
    for (std::size_t i = 0; i < at.draft.out.backends.size(); ++i) {
        auto& backend = at.draft.out.backends[i];
        // Or what one caller may do there, all could.
        if (backend.sessions == backend_session_mode::single && backend.auth.of_callers())
            at.complain(
                at.draft.backend_paths[i] / "sessions",
                "'single' lets all callers use one session, and outgoingAuth gives each of them a credential "
                "of its own there: use 'dedicated' or 'shared'");
        const auto own = operational.per_workload.find(backend.name);
        backend.timeout = own == operational.per_workload.end() ? operational.default_timeout : own->second;
    }
    settle_health(at);
    settle_memory(at);
    settle_passthrough(at);
}

std::vector<std::string> settle_config(config_draft& draft, const config_document& document,
                                       const config_sources& sources, problem_list& problems,
                                       problem_list& warnings) {
    settling at{draft, document, sources, problems, warnings};
    settle_cluster(at);
    settle_backends(at);
    settle_incoming(at);
    settle_authz(at);
    settle_credentials(at);
    settle_certificates(at);
    settle_operations(at);
    settle_aggregation(at);
    settle_rate_limits(at);
    settle_audit(at);
    settle_telemetry(at);
    settle_storage(at);
    settle_listeners(at);
    return std::move(at.files);
}

} // namespace vmcp
