// One program that runs as a child of this process: started, watched, and ended with all that it has started itself.
#pragma once

#include "transport/process/process_spec.hpp"
#include "vmcp/base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

namespace transport {

// How a program ended.
struct process_end {
    int status = 0; // exit status, where `signal` is 0
    int signal = 0;
    // "exit status 1", "killed by signal 9 (Killed)".
    [[nodiscard]] std::string text() const;
};

// The leader of a session and of a process group of its own, so that terminals and signals of the gateway do not reach it, and
// all that it starts can be ended with it. Gets no descriptor but its three pipes. On one thread, that of `home`, which must
// outlive it: the kernel kills the program when that thread ends (PR_SET_PDEATHSIG), so that none outlives the gateway.
class child_process {
public:
    // Starts the program at `path` (find_program). A failure says what could not be done; nothing runs then.
    [[nodiscard]] static vmcp::result<std::unique_ptr<child_process>>
    start(boost::asio::io_context& home, const std::string& path, const process_spec& spec);
    // Kills it with its group, and waits for it.
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    [[nodiscard]] pid_t id() const noexcept { return id_; }

    // Its pipes, not blocking.
    using pipe = boost::asio::posix::stream_descriptor;
    [[nodiscard]] pipe& input() noexcept { return input_; }
    [[nodiscard]] pipe& output() noexcept { return output_; }
    [[nodiscard]] pipe& errors() noexcept { return errors_; }

    // Returns when the program itself has ended; others of its group may still run. It is not reaped yet, so that its number
    // is nobody else's. Once.
    [[nodiscard]] boost::asio::awaitable<void> ended();
    // Has it ended?
    [[nodiscard]] bool has_ended() const;

    // To all of its group, which is there until reap().
    void signal_group(int signal) const noexcept;
    // Kills what is left of its group and session, and gives how the program ended. Blocks until it has, which is soon: it was
    // killed. Afterwards there is nothing left to signal.
    process_end reap();

private:
    child_process(boost::asio::io_context& home, pid_t id, int watch, int input, int output, int errors);

    pid_t id_;
    bool reaped_ = false;
    process_end how_{};
    pipe watch_; // of a pidfd, readable when it has ended
    pipe input_;
    pipe output_;
    pipe errors_;
};

} // namespace transport
