// The environment and files of the process, as config_sources.
#include "vmcp/yaml/load_config.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <system_error>

namespace vmcp {
namespace {

constexpr std::size_t max_file = std::size_t{16} << 20;

failure io_failure(int code) {
    return fail(errc::io, std::generic_category().message(code));
}

// Whoever writes to a pipe may have to fetch what it writes; for ever nobody waits.
constexpr std::chrono::seconds patience{30};
constexpr auto never = std::chrono::steady_clock::time_point::max();

// True: there is something to read, or the end.
bool readable(int descriptor, std::chrono::steady_clock::time_point until) {
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
        if (until <= now)
            return false;
        struct pollfd one{descriptor, POLLIN, 0};
        const int found = ::poll(&one, 1, until == never ? -1 : static_cast<int>(left.count()));
        if (found > 0 || (found < 0 && errno != EINTR))
            return found > 0;
    }
}

// Everything up to the end.
result<std::string> read_all(int descriptor, std::chrono::steady_clock::time_point until) {
    std::string out;
    std::array<char, 65'536> block{};
    for (;;) {
        const auto count = ::read(descriptor, block.data(), block.size());
        if (count == 0)
            return out;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (readable(descriptor, until))
                continue;
            return fail(errc::io, "a pipe whose end did not come within 30 s");
        }
        if (count < 0)
            return io_failure(errno);
        out.append(block.data(), static_cast<std::size_t>(count));
        if (out.size() > max_file)
            return fail(errc::io, "larger than 16 MiB");
    }
}

// Regular files, and pipes for `--config <(command)`.
result<std::string> read_open(int descriptor, pipes what) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0)
        return io_failure(errno);
    if (S_ISDIR(status.st_mode))
        return io_failure(EISDIR);
    if (S_ISFIFO(status.st_mode) && what == pipes::refused)
        return fail(errc::io, "not a regular file but a pipe, which is read at the start only");
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return fail(errc::io, "not a regular file");
    return read_all(descriptor, std::chrono::steady_clock::now() + patience);
}

result<std::string> read_path(const std::string& path, pipes what) {
    // O_NONBLOCK: neither opening nor reading a pipe that nobody writes to may hang. It means nothing to regular files.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return io_failure(errno);
    auto content = read_open(descriptor, what);
    ::close(descriptor);
    return content;
}

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

} // namespace

config_sources system_sources(pipes what) {
    return {environment, [what](const std::string& path) {
                // A person may type it.
                return path == "-" ? read_all(STDIN_FILENO, never) : read_path(path, what);
            }};
}

} // namespace vmcp
