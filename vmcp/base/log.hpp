// The program's log: leveled lines of text or JSON on standard error. What is logged must hold no secret,
// token or argument.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vmcp::log {

enum class level : std::uint8_t { debug, info, warn, error, off };

// Where lines go; the program installs its logger before any thread starts. Called from every thread, must be
// thread-safe.
using sink = std::function<void(level, std::string_view)>;
void set_sink(sink to);
void set_level(level minimum);
[[nodiscard]] bool enabled(level at) noexcept;
void write(level at, std::string_view line);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level::debug))
        write(level::debug, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level::info))
        write(level::info, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level::warn))
        write(level::warn, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level::error))
        write(level::error, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace vmcp::log
