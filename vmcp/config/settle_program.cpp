// Backends that are programs: what belongs to them, and what belongs to the others.
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace vmcp {
namespace {

// "stdio:npx": in the place of a URL, for people. Arguments may hold secrets.
std::string name_of_program(const std::string& command) {
    return "stdio:" + command.substr(command.find_last_of('/') + 1);
}

void check_without(settling& at, const key_path& path) {
    for (const std::string_view key : {"args", "env", "cwd", "startTimeout", "memory", "processes"})
        if (at.has(path / key))
            at.complain(path / key, "has no effect without command");
}

} // namespace

void settle_program(settling& at, backend_config& backend, const key_path& path) {
    const bool wanted = backend.transport == "stdio";
    const auto transport = at.has(path / "transport") ? path / "transport" : path / "type";
    if (!at.has(path / "command")) {
        if (wanted)
            at.complain(path / "command", "required by transport stdio: the program to be started");
        return check_without(at, path);
    }
    if (at.has(path / "url"))
        return at.complain(
            path / "command",
            "give either url or command: a backend is reached by the one, or started by the other");
    if (!wanted && at.has(transport))
        return at.complain(transport, "a command is spoken to by 'stdio'; write that, or nothing");
    for (const std::string_view key : {"headers", "caBundlePath"})
        if (at.has(path / key))
            at.complain(path / key, "has no effect with command");
    backend.transport = "stdio";
    backend.url = name_of_program(backend.program.command);
    if (!at.has(path / "sessions"))
        backend.sessions = backend_session_mode::shared;
    if (!backend.program.cwd.empty())
        backend.program.cwd = resolve_path(at.document.file, backend.program.cwd);
}

} // namespace vmcp
