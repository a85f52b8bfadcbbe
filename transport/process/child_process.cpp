#include "transport/process/child_process.hpp"

#include "transport/process/process_census.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

namespace transport {

namespace {

// A descriptor that is closed with it.
class owned_fd {
public:
    explicit owned_fd(int fd = -1) noexcept : fd_(fd) {}
    owned_fd(owned_fd&& other) noexcept : fd_(other.release()) {}
    owned_fd& operator=(owned_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~owned_fd() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

struct pipe_ends {
    owned_fd read{};
    owned_fd write{};
};

std::string words_of(int error) {
    std::array<char, 128> buffer{};
    return ::strerror_r(error, buffer.data(), buffer.size());
}

vmcp::failure short_of(std::string_view lack, int error) {
    return vmcp::fail(vmcp::errc::io, fmt::format("{}: {}", lack, words_of(error)));
}

vmcp::result<pipe_ends> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return short_of("no pipe to a program", errno);
    return pipe_ends{owned_fd(ends[0]), owned_fd(ends[1])};
}

// What the child does before it becomes the program. It may call only what is safe after fork() of a process with threads
// (POSIX, fork), and everything it needs is made before.
struct child_plan {
    const char* path = nullptr;
    char* const* args = nullptr;
    char* const* environment = nullptr;
    const char* folder = nullptr; // null: stay
    int input = -1;
    int output = -1;
    int errors = -1;
    int report = -1;
    rlim_t memory = 0;
    pid_t parent = 0;
};

enum class step : int { folder = 1, limits, pipes, program };
struct child_report {
    step where{};
    int error = 0;
};

[[noreturn]] void give_up(const child_plan& plan, step where) {
    const child_report report{where, errno};
    [[maybe_unused]] const auto written = ::write(plan.report, &report, sizeof report);
    ::_exit(127);
}

void limit(const child_plan& plan) {
    // Many programs close, or ask about, all descriptors there may be: the gateway's own limit is high.
    constexpr rlim_t usual_descriptors = 1024;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = std::min(files.rlim_max, usual_descriptors);
        (void)::setrlimit(RLIMIT_NOFILE, &files);
    }
    if (plan.memory == 0)
        return;
    // Of data, not of addresses: V8 and other runtimes reserve many more of those than they ever use.
    rlimit data{};
    if (::getrlimit(RLIMIT_DATA, &data) != 0)
        give_up(plan, step::limits);
    data.rlim_max = std::min(data.rlim_max, plan.memory);
    data.rlim_cur = data.rlim_max;
    if (::setrlimit(RLIMIT_DATA, &data) != 0)
        give_up(plan, step::limits);
}

[[noreturn]] void become(const child_plan& plan) {
    (void)::setsid();
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) // it ended before that was set
        ::_exit(127);
    for (int one = 1; one < NSIG; ++one)
        (void)std::signal(one, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    // None of the pipes has one of these numbers: the gateway's own three are open.
    if (::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 || ::dup2(plan.errors, 2) < 0)
        give_up(plan, step::pipes);
    // Whatever some library opened without close-on-exec.
    (void)::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    limit(plan);
    if (plan.folder != nullptr && ::chdir(plan.folder) != 0)
        give_up(plan, step::folder);
    ::execve(plan.path, plan.args, plan.environment);
    give_up(plan, step::program);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& one : texts)
        out.push_back(one.data());
    out.push_back(nullptr);
    return out;
}

vmcp::failure failure_of(const child_report& report, const process_spec& spec, const std::string& path) {
    const auto why = words_of(report.error);
    switch (report.where) {
    case step::folder:
        return vmcp::fail(
            vmcp::errc::backend_unavailable,
            fmt::format("'{}' cannot be started in '{}': {} (cwd)", spec.command, spec.folder, why));
    case step::program:
        return vmcp::fail(vmcp::errc::backend_unavailable, fmt::format("'{}' cannot be run: {}", path, why));
    case step::limits:
    case step::pipes:
        break;
    }
    return vmcp::fail(vmcp::errc::backend_unavailable, fmt::format("'{}' cannot be started: {}", path, why));
}

void set_nonblocking(int fd) {
    (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// No signal may be handled in the child before its handlers are reset.
class signals_held {
public:
    signals_held() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_held() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_held(const signals_held&) = delete;
    signals_held& operator=(const signals_held&) = delete;

private:
    sigset_t before_{};
};

pid_t fork_into(const child_plan& plan) {
    const signals_held held;
    const auto id = ::fork();
    if (id == 0)
        become(plan);
    return id;
}

void wait_for(pid_t id) {
    while (::waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
    }
}

} // namespace

std::string process_end::text() const {
    if (signal == 0)
        return fmt::format("exit status {}", status);
    const char* const name = ::sigdescr_np(signal);
    return fmt::format("killed by signal {}{}", signal, name != nullptr ? fmt::format(" ({})", name) : "");
}

vmcp::result<std::unique_ptr<child_process>>
child_process::start(boost::asio::io_context& home, const std::string& path, const process_spec& spec) {
    // Writing to a program that has ended is an error like any other.
    static const auto ignored = std::signal(SIGPIPE, SIG_IGN);
    (void)ignored;
    auto input = make_pipe();
    auto output = make_pipe();
    auto errors = make_pipe();
    auto report = make_pipe();
    for (const auto* one : {&input, &output, &errors, &report})
        if (!*one)
            return one->error();
    std::vector<std::string> args{spec.command};
    args.insert(args.end(), spec.args.begin(), spec.args.end());
    std::vector<std::string> environment;
    environment.reserve(spec.environment.size());
    for (const auto& [name, value] : spec.environment)
        environment.push_back(fmt::format("{}={}", name, value));
    const auto arg_pointers = pointers_to(args);
    const auto environment_pointers = pointers_to(environment);
    const child_plan plan{.path = path.c_str(),
                          .args = arg_pointers.data(),
                          .environment = environment_pointers.data(),
                          .folder = spec.folder.empty() ? nullptr : spec.folder.c_str(),
                          .input = input->read.get(),
                          .output = output->write.get(),
                          .errors = errors->write.get(),
                          .report = report->write.get(),
                          .memory = spec.memory,
                          .parent = ::getpid()};
    const auto id = fork_into(plan);
    if (id < 0)
        return short_of(fmt::format("'{}' cannot be started", path), errno);
    report->write = owned_fd();
    // Its end is closed by becoming the program.
    child_report told;
    ssize_t got = 0;
    do
        got = ::read(report->read.get(), &told, sizeof told);
    while (got < 0 && errno == EINTR);
    owned_fd watch(static_cast<int>(::syscall(SYS_pidfd_open, id, 0U)));
    if (got == sizeof told || watch.get() < 0) {
        const auto error = errno;
        ::kill(id, SIGKILL);
        wait_for(id);
        return got == sizeof told ? failure_of(told, spec, path)
                                  : short_of("a program cannot be watched", error);
    }
    for (const int fd : {input->write.get(), output->read.get(), errors->read.get()})
        set_nonblocking(fd);
    return std::unique_ptr<child_process>(new child_process(home, id, watch.release(), input->write.release(),
                                                            output->read.release(), errors->read.release()));
}

child_process::child_process(boost::asio::io_context& home, pid_t id, int watch, int input, int output,
                             int errors)
    : id_(id)
    , watch_(home, watch)
    , input_(home, input)
    , output_(home, output)
    , errors_(home, errors) {
}

child_process::~child_process() {
    (void)reap();
}

boost::asio::awaitable<void> child_process::ended() {
    boost::system::error_code ignored;
    co_await watch_.async_wait(pipe::wait_read,
                               boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

bool child_process::has_ended() const {
    if (reaped_)
        return true;
    siginfo_t about{};
    return ::waitid(P_PID, static_cast<id_t>(id_), &about, WEXITED | WNOWAIT | WNOHANG) == 0 &&
           about.si_pid == id_;
}

void child_process::signal_group(int signal) const noexcept {
    if (!reaped_)
        ::kill(-id_, signal);
}

process_end child_process::reap() {
    if (reaped_)
        return how_;
    // A group cannot grow while a signal that kills it is on its way (kill(2), fork(2)); whoever has left it is found by the
    // session, which has this number as long as the program is not reaped.
    signal_group(SIGKILL);
    constexpr int most_rounds = 20;
    for (int round = 0; round < most_rounds; ++round) {
        const auto left = members_of_session(id_);
        for (const auto one : left)
            ::kill(one, SIGKILL);
        if (left.empty())
            break;
        ::usleep(1'000);
    }
    int status = 0;
    pid_t got = 0;
    do
        got = ::waitpid(id_, &status, 0);
    while (got < 0 && errno == EINTR);
    reaped_ = true;
    if (got == id_ && WIFSIGNALED(status))
        how_.signal = WTERMSIG(status);
    else if (got == id_)
        how_.status = WEXITSTATUS(status);
    return how_;
}

} // namespace transport
