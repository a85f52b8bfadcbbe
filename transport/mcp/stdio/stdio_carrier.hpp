// A session_carrier whose conversations are runs of a program: each has a process of its own.
#pragma once

#include "transport/mcp/back/session_carrier.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "transport/mcp/stdio/stdio_program.hpp"
#include "transport/mcp/stdio/stdio_run.hpp"
#include "transport/process/line_pace.hpp"
#include "transport/process/restart_pace.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace transport {

class stdio_carrier final : public session_carrier, public std::enable_shared_from_this<stdio_carrier> {
public:
    // Of `session`, which outlives it.
    stdio_carrier(session_core& session, std::shared_ptr<const stdio_program> program);
    ~stdio_carrier() override;

    [[nodiscard]] std::chrono::milliseconds patience() const override { return program_->start_timeout; }
    [[nodiscard]] vmcp::awaitable<opened> open(opening how) override;
    [[nodiscard]] conversation current() const override;
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>> send(std::string message, conversation in,
                                                           vmcp::steady_clock::time_point until,
                                                           vmcp::cancellation* control) override;
    [[nodiscard]] std::optional<vmcp::failure> over(conversation which) const override;
    [[nodiscard]] std::optional<vmcp::failure> take_spoiled(std::uint64_t id) override;
    void unanswered(conversation which) override;
    void drop(conversation which) override;

    // As supervision sees it.
    enum class phase : std::uint8_t {
        idle,     // nothing runs
        starting, // a program runs, and the session is not established
        ready,    // ... it is
    };
    struct view {
        phase now = phase::idle;
        vmcp::steady_clock::time_point since{};    // the program was started
        vmcp::steady_clock::time_point heard_at{}; // it said something last
        std::optional<vmcp::failure> failed{};     // why nothing runs; nothing: it was not needed
    };
    [[nodiscard]] view look() const;
    // The program that runs is killed, and another one started when it is needed. `why`: as of stdio_run::stop().
    void end_hung(std::string why);

private:
    using run_ptr = std::shared_ptr<stdio_run>;

    [[nodiscard]] vmcp::result<vmcp::steady_clock::time_point> may_start() const;
    [[nodiscard]] vmcp::awaitable<vmcp::result<conversation>> begin(vmcp::steady_clock::time_point until,
                                                                    vmcp::cancellation* control);
    [[nodiscard]] vmcp::awaitable<vmcp::result<run_ptr>> start(conversation as, process_places::place place);
    [[nodiscard]] stdio_run::ear ear_of(conversation as);
    void ended(conversation which, bool asked);
    void spoil(std::uint64_t id, vmcp::failure why);
    void note_garbage(std::string_view line);
    [[nodiscard]] run_ptr run_of(conversation which) const;

    session_core& session_;
    const std::shared_ptr<const stdio_program> program_;
    worker& home_;

    mutable std::mutex mutex_{};
    conversation last_ = 0;
    run_ptr run_{}; // of the last; null: none was started
    restart_pace pace_{};
    std::optional<vmcp::failure> failed_{}; // why the last one ended, or did not start
    std::map<std::uint64_t, vmcp::failure> spoiled_{};
    line_pace garbage_pace_{};
};

} // namespace transport
