#include "vmcp/yaml/init_document.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/config/value_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace vmcp {
namespace {

constexpr std::string_view rest = R"(
# Everybody who reaches the port may call.
incomingAuth:
  type: anonymous

# The status page, http://127.0.0.1:4484/ui/, for people on this machine.
admin:
  port: 4484
)";

void add_program(std::string& out, const backend_draft& draft) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "    command: {}\n", quoted(draft.command));
    if (!draft.args.empty())
        out.append("    args:\n");
    for (const auto& arg : draft.args)
        fmt::format_to(to, "      - {}\n", quoted(arg));
    if (!draft.env.empty())
        out.append("    env:\n");
    for (const auto& [name, value] : draft.env)
        fmt::format_to(to, "      {}: {}\n", quoted(name), quoted(value));
    if (!draft.cwd.empty())
        fmt::format_to(to, "    cwd: {}\n", quoted(draft.cwd));
}

void add_backend(std::string& out, const named_backend& backend) {
    const auto to = std::back_inserter(out);
    const auto& draft = backend.draft;
    fmt::format_to(to, "  - name: {}\n", quoted(backend.name));
    if (draft.command.empty())
        fmt::format_to(to, "    url: {}\n", quoted(draft.url));
    else
        add_program(out, draft);
    if (draft.sse)
        out.append("    transport: sse\n");
    if (!draft.headers.empty())
        out.append("    headers:\n");
    for (const auto& [name, value] : draft.headers)
        fmt::format_to(to, "      {}: {}\n", quoted(name), quoted(value));
}

void add_names(std::string& out, std::string_view key, const std::vector<std::string>& names) {
    fmt::format_to(std::back_inserter(out), "      {}: [", key);
    for (std::size_t i = 0; i < names.size(); ++i)
        out.append(i == 0 ? "" : ", ").append(quoted(names[i]));
    out.append("]\n");
}

// The tools of the backends that show only some of theirs.
std::string tools_of(const std::vector<named_backend>& backends) {
    std::string out;
    for (const auto& [name, draft] : backends) {
        if (!draft.filter && draft.exclude.empty())
            continue;
        out.append(out.empty() ? "  tools:\n" : "")
            .append("    - workload: ")
            .append(quoted(name))
            .append("\n");
        if (draft.filter)
            add_names(out, "filter", *draft.filter);
        if (!draft.exclude.empty())
            add_names(out, "exclude", draft.exclude);
    }
    return out;
}

std::string timeouts_of(const std::vector<named_backend>& backends) {
    std::string out;
    for (const auto& [name, draft] : backends) {
        if (draft.timeout)
            fmt::format_to(std::back_inserter(out), "      {}: {}\n", quoted(name),
                           duration_text(*draft.timeout));
    }
    return out.empty() ? out : "\noperational:\n  timeouts:\n    perWorkload:\n" + out;
}

} // namespace

std::string initial_document(const std::vector<named_backend>& backends,
                             const std::vector<std::string>& comments) {
    std::string out = "# Written by vmcp init. Check it with: vmcp validate FILE\n"
                      "# docs/configuration.md explains all keys; vmcp schema prints them for editors.\n";
    for (const auto& comment : comments)
        out.append("# ").append(excerpt_of(comment, {}, 1'000)).append("\n");
    out.append("name: vmcp\n\nbackends:\n");
    for (const auto& backend : backends)
        add_backend(out, backend);
    out.append(rest);
    out.append("\n# Every tool is listed as <backend>_<tool>.\naggregation:\n  conflictResolution: prefix\n"
               "  conflictResolutionConfig:\n    prefixFormat: \"{workload}_\"\n");
    return out + tools_of(backends) + timeouts_of(backends);
}

} // namespace vmcp
