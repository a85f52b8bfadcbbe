#include "vmcp/program/logging.hpp"

#include "vmcp/base/characters.hpp"
#include "vmcp/base/environment.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

namespace vmcp {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 4> level_colours{"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};

bool is_plain(std::string_view line) {
    return std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7F; });
}

constexpr bool is_line_space(char c) noexcept {
    return c == '\n' || c == '\r' || c == '\t';
}

// As an escape that people know, spelled out: whatever reads it, it does nothing.
void append_escape(std::string& out, std::uint32_t code) {
    constexpr std::string_view known = "\n\r\t\b\f";
    constexpr std::string_view names = "nrtbf";
    const auto at = code < 0x80 ? known.find(static_cast<char>(code)) : std::string_view::npos;
    if (at != std::string_view::npos)
        out.append(1, '\\').push_back(names[at]);
    else if (code < 0x10000)
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    else
        fmt::format_to(std::back_inserter(out), "\\U{:08x}", code);
}

// Without what could steer a terminal or hide or reorder what is read (base/characters.hpp): such characters are spelled
// out, bytes that are no UTF-8 become U+FFFD. `lines`: line ends and tabs stay.
std::string readable(std::string_view text, bool lines) {
    std::string out;
    while (!text.empty()) {
        const auto c = first_character(text);
        if (c.printable || (lines && is_line_space(text.front())))
            out.append(text.substr(0, c.length));
        else if (c.code == 0 && text.front() != '\0')
            out += "\xEF\xBF\xBD";
        else
            append_escape(out, c.code);
        text.remove_prefix(c.length);
    }
    return out;
}

// For people, on one line.
std::string printable(std::string_view line) {
    return is_plain(line) ? std::string(line) : readable(line, false);
}

// A JSON string literal. Whoever prints its value is as safe as who prints the line.
std::string literal(std::string_view line) {
    return quoted(is_plain(line) ? std::string(line) : readable(line, true));
}

std::string time_text(std::chrono::system_clock::time_point at) {
    const auto millis = std::chrono::time_point_cast<std::chrono::milliseconds>(at);
    const auto part = (millis.time_since_epoch() % 1000 + std::chrono::milliseconds(1000)) % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(millis)), part.count());
}

log::level level_of(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
        return log::level::debug;
    case spdlog::level::info:
    case spdlog::level::off:
    case spdlog::level::n_levels:
        return log::level::info;
    case spdlog::level::warn:
        return log::level::warn;
    case spdlog::level::err:
    case spdlog::level::critical:
        return log::level::error;
    }
    return log::level::info;
}

spdlog::level::level_enum spdlog_level(log::level level) {
    switch (level) {
    case log::level::debug:
        return spdlog::level::debug;
    case log::level::info:
        return spdlog::level::info;
    case log::level::warn:
        return spdlog::level::warn;
    case log::level::error:
        return spdlog::level::err;
    case log::level::off:
        return spdlog::level::off;
    }
    return spdlog::level::info;
}

// Changed by a reload while workers log.
std::atomic<log_format> chosen_format{log_format::text};

class line_formatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& entry, spdlog::memory_buf_t& out) override {
        const auto line =
            render_log_line(chosen_format.load(std::memory_order_relaxed), entry.time, level_of(entry.level),
                            {entry.payload.data(), entry.payload.size()});
        out.append(line.data(), line.data() + line.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<line_formatter>();
    }
};

class stderr_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    stderr_sink() : writer_(STDERR_FILENO) { set_formatter_(std::make_unique<line_formatter>()); }

protected:
    void sink_it_(const spdlog::details::log_msg& entry) override {
        spdlog::memory_buf_t line;
        formatter_->format(entry, line);
        const auto lost = writer_.dropped();
        if (!writer_.write({line.data(), line.size()}) || lost == 0)
            return;
        if (writer_.write(render_log_line(
                chosen_format.load(std::memory_order_relaxed), std::chrono::system_clock::now(),
                log::level::warn,
                fmt::format("{} log entries were dropped because standard error was not read", lost))))
            writer_.forget_dropped();
    }
    void flush_() override {}

private:
    patient_writer writer_;
};

recent_lines& recent() {
    static recent_lines lines;
    return lines;
}

log::level parse_level(std::string_view name) {
    const auto it = std::ranges::find(level_names, name);
    return it == level_names.end() ? log::level::info
                                   : static_cast<log::level>(std::distance(level_names.begin(), it));
}

log_format choose_format(std::string_view name) {
    if (name == "json")
        return log_format::json;
    const bool colours = ::isatty(STDERR_FILENO) == 1 && !environment("NO_COLOR");
    return colours ? log_format::coloured_text : log_format::text;
}

} // namespace

std::string render_log_line(log_format format, std::chrono::system_clock::time_point at, log::level level,
                            std::string_view line) {
    const auto index = std::min<std::size_t>(static_cast<std::size_t>(level), level_names.size() - 1);
    switch (format) {
    case log_format::text:
        return fmt::format("{} {:<5} {}\n", time_text(at), level_names[index], printable(line));
    case log_format::coloured_text:
        return fmt::format("\x1b[2m{}\x1b[0m {}{:<5}\x1b[0m {}\n", time_text(at), level_colours[index],
                           level_names[index], printable(line));
    case log_format::json:
        return fmt::format(R"({{"time":"{}","level":"{}","msg":{}}})"
                           "\n",
                           time_text(at), level_names[index], literal(line));
    }
    return {};
}

bool patient_writer::room() const {
    struct pollfd one{descriptor_, POLLOUT, 0};
    // After a loss nobody reads: waiting for every further line would stall the workers.
    const int wait = dropped_ == 0 ? static_cast<int>(patience_.count()) : 0;
    return ::poll(&one, 1, wait) == 1 && (one.revents & (POLLERR | POLLNVAL)) == 0;
}

bool patient_writer::write(std::string_view line) {
    std::string own;
    if (cut_) // the line before this one lacks its end
        line = own = fmt::format("\n{}", line);
    while (!line.empty()) {
        // A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
        const auto piece = line.substr(0, PIPE_BUF);
        errno = 0;
        const auto count = room() ? ::write(descriptor_, piece.data(), piece.size()) : -1;
        if (count <= 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            ++dropped_;
            return false;
        }
        line.remove_prefix(static_cast<std::size_t>(count));
        cut_ = !line.empty();
    }
    return true;
}

void install_logging(const log_config& settings) {
    adjust_logging(settings);
    const auto logger = std::make_shared<spdlog::logger>("vmcp", std::make_shared<stderr_sink>());
    logger->set_level(spdlog::level::trace); // vmcp::log filters
    log::set_sink([logger, &kept = recent()](log::level level, std::string_view line) {
        kept.add(level, line, std::chrono::system_clock::now());
        logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
    });
}

const recent_lines& recent_log() {
    return recent();
}

void adjust_logging(const log_config& settings) {
    chosen_format.store(choose_format(settings.format), std::memory_order_relaxed);
    log::set_level(parse_level(settings.level));
}

} // namespace vmcp
