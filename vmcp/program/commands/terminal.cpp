#include "vmcp/program/commands/terminal.hpp"

#include "vmcp/program/commands/exit_code.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

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
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        // U+0080 to U+009F are control characters too: C2 80 to C2 9F in UTF-8.
        const bool c1 = c == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
        if (c1)
            out.replace(i, 2, "?");
        else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
            out[i] = '?';
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
    fmt::print(stderr, "vmcp: {}\n", printable_text(text));
}

std::string text_of(const failure& why) {
    return why.detail.empty() ? std::string(row_of(why.code).text) : why.detail;
}

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

} // namespace vmcp
