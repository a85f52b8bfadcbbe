// One program that runs, and the conversation over its pipes (MCP 2025-11-25, basic/transports, "stdio"): messages on its
// standard input and output, a line each; what it writes on standard error is for the log.
#pragma once

#include "transport/mcp/stdio/stdio_program.hpp"
#include "transport/net/guarded_pause.hpp"
#include "transport/process/child_process.hpp"
#include "transport/process/line_framing.hpp"
#include "transport/process/line_pace.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// Lives on its home worker, but for what says otherwise; its coroutines keep it until the program has ended.
class stdio_run : public std::enable_shared_from_this<stdio_run> {
public:
    // Who hears of it, on its home.
    struct ear {
        // A line that is not empty; the next one is read when this has returned.
        std::function<vmcp::awaitable<void>(std::string)> line{};
        // How long a line may be now.
        std::function<std::size_t()> longest{};
        // A line was longer, or there was no room for it: maybe the answer to the request of that id.
        std::function<void(std::uint64_t id, vmcp::failure why)> spoiled{};
        // It has ended, and over() says why. `asked`: by stop() with `wanted`.
        std::function<void(bool asked)> over{};
    };

    // On `home`. `place` is given back when the program has ended.
    [[nodiscard]] static vmcp::result<std::shared_ptr<stdio_run>>
    start(worker& home, std::shared_ptr<const stdio_program> program, process_places::place place, ear to);

    // From any worker; as session_carrier::send().
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>>
    send(std::string message, vmcp::steady_clock::time_point until, vmcp::cancellation* control);
    // From any thread: why it is over; nothing while it runs.
    [[nodiscard]] std::optional<vmcp::failure> over() const;

    // How it is ended. `gently`: its input is closed, then it is asked to end by a signal, then it is killed (MCP 2025-11-25,
    // basic/lifecycle, "Shutdown"). `at_once`: it is killed.
    enum class manner : std::uint8_t { gently, at_once };
    // From any thread. `why` is what over() will say; empty: the session is over, which is no failure. Its whole group ends.
    void stop(manner how, std::string why);

    // When it was started; when it said something last.
    [[nodiscard]] vmcp::steady_clock::time_point began() const noexcept { return began_; }
    [[nodiscard]] vmcp::steady_clock::time_point heard_at() const noexcept { return heard_.load(); }

    // Bytes that wait for the program to read them; one message may always wait.
    static constexpr std::size_t most_waiting = std::size_t{1} << 20;

    // For start().
    stdio_run(worker& home, std::shared_ptr<const stdio_program> program, process_places::place place, ear to,
              std::unique_ptr<child_process> child);

private:
    using self_ptr = std::shared_ptr<stdio_run>;

    static vmcp::awaitable<void> write_input(self_ptr self);
    static vmcp::awaitable<void> read_output(self_ptr self);
    static vmcp::awaitable<void> read_errors(self_ptr self);
    static vmcp::awaitable<void> keep_within_limits(self_ptr self);
    static vmcp::awaitable<void> wait_for_end(self_ptr self);
    static vmcp::awaitable<void> end_gently(self_ptr self);

    void begin();
    vmcp::awaitable<void> take_output(std::string_view piece);
    void take_errors(std::string_view piece);
    void tell(std::string line);
    vmcp::awaitable<bool> write_all(std::string_view text);
    [[nodiscard]] std::optional<std::string> next_message();
    // Under the lock.
    [[nodiscard]] bool has_room(std::size_t bytes);
    vmcp::awaitable<void> accuse(std::string why);
    void end_now(std::string why, manner how);
    void finish(const process_end& how);

    worker& home_;
    const std::shared_ptr<const stdio_program> program_;
    process_places::place place_;
    ear ear_;
    const vmcp::steady_clock::time_point began_ = vmcp::steady_clock::now();
    std::atomic<vmcp::steady_clock::time_point> heard_{began_};

    mutable std::mutex mutex_{};
    std::deque<std::string> waiting_{}; // messages for the program
    std::size_t waiting_bytes_ = 0;
    vmcp::memory_claim waiting_memory_;
    std::optional<vmcp::failure> over_{};
    vmcp::wait_list room_{};

    // Home only.
    std::unique_ptr<child_process> child_; // null: it has ended
    std::optional<guarded_pause> between_looks_{};
    line_framing lines_{0};
    line_framing error_lines_;
    line_pace error_pace_{};
    line_pace overlong_pace_{};
    std::string last_words_{}; // on standard error
    vmcp::memory_claim line_memory_;
    std::optional<boost::asio::steady_timer> wake_writer_; // these two: nothing once it has ended
    std::optional<boost::asio::steady_timer> stalled_;
    std::uint64_t writes_ = 0;
    bool stopping_ = false;
    bool killed_ = false;
    std::string why_{}; // it is stopped
    bool output_ended_ = false;
    bool ended_ = false;
};

} // namespace transport
