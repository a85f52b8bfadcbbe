// The program's logger: renders the lines of vmcp::log as text or JSON, one line per entry, and writes them
// to standard error through spdlog.
#pragma once

#include "vmcp/base/log.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/program/recent_lines.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vmcp {

enum class log_format : std::uint8_t { text, coloured_text, json };

// One entry as one line with its line end. Whatever could end the line early, steer a terminal or is not
// UTF-8 is shown as an escape or as U+FFFD, so that a peer's words cannot forge an entry.
//     text  2026-03-19T08:15:30.123Z info  listening at http://127.0.0.1:4483/mcp
//     json  {"time":"2026-03-19T08:15:30.123Z","level":"info","msg":"listening at ..."}
[[nodiscard]] std::string render_log_line(log_format format, std::chrono::system_clock::time_point at,
                                          log::level level, std::string_view line);

// Writes lines to a descriptor without ever waiting for a reader that does not read: what does not fit within
// `patience` is dropped, and the number of dropped lines is reported as soon as there is room again. Not
// thread-safe.
class patient_writer {
public:
    explicit patient_writer(int descriptor,
                            std::chrono::milliseconds patience = std::chrono::milliseconds(50))
        : descriptor_(descriptor)
        , patience_(patience) {}

    // True when the whole line was written.
    bool write(std::string_view line);

    [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }
    // The reader is back and the loss was reported.
    void forget_dropped() noexcept { dropped_ = 0; }

private:
    [[nodiscard]] bool room() const;

    int descriptor_;
    std::chrono::milliseconds patience_;
    std::size_t dropped_ = 0;
    bool cut_ = false; // a line was written in part
};

// Installs the logger for the whole process. To be called before any other thread starts, or again while no
// other thread runs.
void install_logging(const log_config& settings);

// The last warnings and errors of the installed logger, whatever became of standard error.
[[nodiscard]] const recent_lines& recent_log();

// Changes level and format of the installed logger. From any thread.
void adjust_logging(const log_config& settings);

} // namespace vmcp
