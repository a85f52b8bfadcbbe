#include "transport/process/process_spec.hpp"

#include "vmcp/base/environment.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace transport {

namespace {

constexpr std::array<std::string_view, 30> passed_on{"HOME",
                                                     "LOGNAME",
                                                     "PATH",
                                                     "SHELL",
                                                     "TERM",
                                                     "USER",
                                                     "LANG",
                                                     "LANGUAGE",
                                                     "LC_ALL",
                                                     "LC_CTYPE",
                                                     "TZ",
                                                     "TMPDIR",
                                                     "TMP",
                                                     "TEMP",
                                                     "XDG_CACHE_HOME",
                                                     "XDG_CONFIG_HOME",
                                                     "XDG_DATA_HOME",
                                                     "XDG_STATE_HOME",
                                                     "XDG_RUNTIME_DIR",
                                                     "HTTP_PROXY",
                                                     "HTTPS_PROXY",
                                                     "NO_PROXY",
                                                     "http_proxy",
                                                     "https_proxy",
                                                     "no_proxy",
                                                     "SSL_CERT_FILE",
                                                     "SSL_CERT_DIR",
                                                     "NODE_EXTRA_CA_CERTS",
                                                     "REQUESTS_CA_BUNDLE",
                                                     "LD_LIBRARY_PATH"};

constexpr std::string_view usual_path = "/usr/local/bin:/usr/bin:/bin";

bool is_program(const std::string& path) {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

vmcp::failure unavailable(std::string detail) {
    return vmcp::fail(vmcp::errc::backend_unavailable, std::move(detail));
}

std::string joined(std::string_view folder, std::string_view name) {
    std::string out(folder.empty() ? "." : folder);
    return out.append("/").append(name);
}

} // namespace

std::map<std::string, std::string> program_environment(const std::map<std::string, std::string>& own) {
    auto out = own;
    for (const auto name : passed_on)
        if (auto value = vmcp::environment(std::string(name)))
            out.emplace(name, *std::move(value));
    out.emplace("PATH", usual_path);
    return out;
}

vmcp::result<std::string> find_program(const process_spec& spec) {
    struct stat about{};
    if (!spec.folder.empty() && (::stat(spec.folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)))
        return unavailable(
            fmt::format("there is no folder '{}' to start '{}' in (cwd)", spec.folder, spec.command));
    if (spec.command.find('/') != std::string::npos) {
        auto path = spec.command.starts_with('/') ? spec.command : joined(spec.folder, spec.command);
        if (is_program(path))
            return path;
        return unavailable(exists(path)
                               ? fmt::format("'{}' is no program that may be run: is it executable?", path)
                               : fmt::format("there is no program '{}'", path));
    }
    const auto found = spec.environment.find("PATH");
    std::string_view rest = found == spec.environment.end() ? usual_path : std::string_view(found->second);
    for (;;) {
        const auto end = rest.find(':');
        auto path = joined(rest.substr(0, end), spec.command);
        if (is_program(path))
            return path;
        if (end == std::string_view::npos)
            break;
        rest.remove_prefix(end + 1);
    }
    return unavailable(fmt::format(
        "there is no program '{}' in PATH: install it, or give its whole path as command", spec.command));
}

} // namespace transport
