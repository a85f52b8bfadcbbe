// The environment and files of the process, as config_sources.
#include "vmcp/yaml/load_config.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

namespace vmcp {
namespace {

constexpr std::size_t max_file = std::size_t{16} << 20;

failure io_failure(int code) {
    return fail(errc::io, std::generic_category().message(code));
}

result<std::string> read_all(int descriptor) {
    std::string out;
    std::array<char, 65'536> block{};
    for (;;) {
        const auto count = ::read(descriptor, block.data(), block.size());
        if (count == 0)
            return out;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return io_failure(errno);
        out.append(block.data(), static_cast<std::size_t>(count));
        if (out.size() > max_file)
            return fail(errc::io, "larger than 16 MiB");
    }
}

// Regular files, and pipes for `--config <(command)`.
result<std::string> read_open(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0)
        return io_failure(errno);
    if (S_ISDIR(status.st_mode))
        return io_failure(EISDIR);
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return fail(errc::io, "not a regular file");
    if (::fcntl(descriptor, F_SETFL, 0) != 0)
        return io_failure(errno);
    return read_all(descriptor);
}

result<std::string> read_file(const std::string& path) {
    if (path == "-")
        return read_all(STDIN_FILENO);
    // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return io_failure(errno);
    auto content = read_open(descriptor);
    ::close(descriptor);
    return content;
}

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

} // namespace

config_sources system_sources() {
    return {environment, read_file};
}

} // namespace vmcp
