#include "vmcp/base/file_text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace vmcp {
namespace {

failure io_failure(int code) {
    return fail(errc::io, std::generic_category().message(code));
}

std::string size_text(std::size_t bytes) {
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    return bytes % mebibyte == 0 ? fmt::format("{} MiB", bytes / mebibyte) : fmt::format("{} bytes", bytes);
}

// Whoever writes to a pipe may have to fetch what it writes; for ever nobody waits.
constexpr std::chrono::seconds patience{30};

// True: there is something to read, or the end.
bool readable(int descriptor, std::chrono::steady_clock::time_point until) {
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
        if (until <= now)
            return false;
        struct pollfd one{descriptor, POLLIN, 0};
        const int found = ::poll(
            &one, 1,
            until == std::chrono::steady_clock::time_point::max() ? -1 : static_cast<int>(left.count()));
        if (found > 0 || (found < 0 && errno != EINTR))
            return found > 0;
    }
}

// Regular files, and pipes for `--config <(command)`.
result<std::string> read_open(int descriptor, pipes pipes, std::size_t most) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0)
        return io_failure(errno);
    if (S_ISDIR(status.st_mode))
        return io_failure(EISDIR);
    if (S_ISFIFO(status.st_mode) && pipes == pipes::refused)
        return fail(errc::io, "not a regular file but a pipe, which is read at the start only");
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return fail(errc::io, "not a regular file");
    return read_all(descriptor, std::chrono::steady_clock::now() + patience, most);
}

} // namespace

result<std::string> read_all(int descriptor, std::chrono::steady_clock::time_point until, std::size_t most) {
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
        if (out.size() > most)
            return fail(errc::io, fmt::format("larger than {}", size_text(most)));
    }
}

result<std::string> read_file(const std::string& path, pipes pipes, std::size_t most) {
    // O_NONBLOCK: neither opening nor reading a pipe that nobody writes to may hang. It means nothing to regular files.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return io_failure(errno);
    auto content = read_open(descriptor, pipes, most);
    ::close(descriptor);
    return content;
}

} // namespace vmcp
