#include "vmcp/audit/audit_file.hpp"

#include "vmcp/base/log.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

namespace vmcp {
namespace {

std::string words_of(int error) {
    return std::generic_category().message(error);
}

class descriptor_output final : public line_output {
public:
    descriptor_output(int descriptor, bool owned, std::string name, mode_t mode)
        : descriptor_(descriptor)
        , owned_(owned)
        , mode_(mode)
        , name_(std::move(name)) {}
    descriptor_output(const descriptor_output&) = delete;
    descriptor_output& operator=(const descriptor_output&) = delete;
    ~descriptor_output() override {
        if (owned_)
            ::close(descriptor_);
    }

    result<std::size_t> write(std::string_view text) override {
        for (;;) {
            if (!has_room())
                return fail(errc::io, "it is not read");
            errno = 0;
            const auto count = put(text);
            if (count > 0)
                return static_cast<std::size_t>(count);
            if (errno != EINTR)
                return fail(errc::io, errno == 0 ? "nothing was written" : words_of(errno));
        }
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    // A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)); a file always has room, or an error.
    [[nodiscard]] bool has_room() const {
        if (S_ISREG(mode_))
            return true;
        struct pollfd one{descriptor_, POLLOUT, 0};
        constexpr int patience = 100;
        return ::poll(&one, 1, patience) == 1;
    }
    [[nodiscard]] ssize_t put(std::string_view text) const {
        if (S_ISSOCK(mode_))
            return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return ::write(descriptor_, text.data(),
                       S_ISREG(mode_) ? text.size() : std::min<std::size_t>(text.size(), PIPE_BUF));
    }

    int descriptor_;
    bool owned_;
    mode_t mode_;
    std::string name_;
};

} // namespace

result<std::unique_ptr<line_output>> open_audit_file(const std::string& path) {
    struct stat about{};
    if (path.empty()) {
        if (::fstat(STDOUT_FILENO, &about) != 0)
            return fail(errc::io, "standard output is closed");
        return std::unique_ptr<line_output>(
            std::make_unique<descriptor_output>(STDOUT_FILENO, false, "standard output", about.st_mode));
    }
    constexpr mode_t only_us = 0600;
    // A named pipe that nobody reads says so at once, instead of blocking.
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, only_us);
    if (descriptor < 0)
        return fail(errc::io, fmt::format("cannot open {}: {}", path, words_of(errno)));
    if (::fstat(descriptor, &about) != 0) {
        const auto why = words_of(errno);
        ::close(descriptor);
        return fail(errc::io, fmt::format("cannot look at {}: {}", path, why));
    }
    if (S_ISREG(about.st_mode) && (about.st_mode & (S_IROTH | S_IWOTH)) != 0)
        log::warn(
            "audit.logFile {} was there already and is open to every user of this machine (mode {:04o})",
            path, about.st_mode & 07777U);
    return std::unique_ptr<line_output>(
        std::make_unique<descriptor_output>(descriptor, true, path, about.st_mode));
}

} // namespace vmcp
