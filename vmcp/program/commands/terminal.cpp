#include "vmcp/program/commands/terminal.hpp"

#include "vmcp/base/characters.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vmcp {
namespace {

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

} // namespace

exit_code exit_code_of(const failure& why) noexcept {
    switch (why.code) {
    case errc::backend_unavailable:
    case errc::backend_timeout:
        return exit_code::unreachable;
    case errc::config:
        return exit_code::usage;
    default: // every other failure came from a peer that answered
        return exit_code::failed;
    }
}

std::string printable_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto c = first_character(text);
        if (c.printable || text.front() == '\n' || text.front() == '\t')
            out.append(text.substr(0, c.length));
        else
            out.push_back('?');
        text.remove_prefix(c.length);
    }
    return out;
}

std::string printable_json(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto c = first_character(text);
        if (c.printable || is_blank(text.front()))
            out.append(text.substr(0, c.length));
        else if (c.code == 0)
            out.push_back('?'); // no UTF-8, so no JSON either
        else if (c.code < 0x10000)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c.code);
        else
            fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + ((c.code - 0x10000) >> 10),
                           0xDC00 + ((c.code - 0x10000) & 0x3FF));
        text.remove_prefix(c.length);
    }
    return out;
}

std::string printable_line(std::string_view text) {
    std::string out;
    bool gap = false;
    for (const char c : text) {
        if (is_blank(c)) {
            gap = !out.empty();
            continue;
        }
        if (std::exchange(gap, false))
            out.push_back(' ');
        out.push_back(c);
    }
    return printable_text(out);
}

std::size_t columns_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::string cut_to(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns)
        return std::string(text);
    const std::size_t kept = columns > 3 ? columns - 3 : 0;
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end)
        if (!is_continuation(text[end]) && seen++ == kept)
            break;
    return std::string(text.substr(0, end)) + std::string("...").substr(0, columns);
}

void text_table::add(std::vector<std::string> cells) {
    for (auto& cell : cells)
        cell = printable_line(cell);
    cells.resize(rows_.front().size());
    rows_.push_back(std::move(cells));
}

std::string text_table::render(std::size_t width) const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns_of(row[i]));
    constexpr std::size_t least = 16; // a shorter last column would say nothing
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            line.append(row[i]).append(widths[i] + 2 - columns_of(row[i]), ' ');
        const std::size_t used = columns_of(line);
        line +=
            width == 0 ? row.back() : cut_to(row.back(), std::max(least, width > used ? width - used : 0));
        line.erase(line.find_last_not_of(' ') + 1);
        out.append(line).push_back('\n');
    }
    return out;
}

std::size_t terminal_width() {
    struct winsize size{};
    if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

void complain(std::string_view text) {
    fmt::print(stderr, "vmcp: {}\n", printable_line(text));
}

void complain_of(const std::vector<config_problem>& problems) {
    for (const auto& one : problems)
        fmt::print(stderr, "{}\n", printable_line(format_problem(one)));
}

void warn_of(const std::vector<config_problem>& warnings) {
    for (const auto& one : warnings)
        fmt::print(stderr, "{}\n", printable_line(format_warning(one)));
}

std::string text_of(const failure& why) {
    return why.detail.empty() ? std::string(row_of(why.code).text) : why.detail;
}

bool print_json(std::string_view text) {
    return print(printable_json(text));
}

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

} // namespace vmcp
