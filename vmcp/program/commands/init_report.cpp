#include "vmcp/program/commands/init_report.hpp"

#include "vmcp/program/commands/terminal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace vmcp {
namespace {

constexpr std::size_t widest_name = 32; // a longer one pushes only its own line

std::string_view word_for(init_outcome outcome) noexcept {
    switch (outcome) {
    case init_outcome::took:
        return "took";
    case init_outcome::changed:
        return "changed";
    case init_outcome::left:
        return "left";
    }
    return "";
}

} // namespace

std::string init_report(const initial_config& made) {
    std::size_t width = 0;
    for (const auto& one : made.notes) {
        const auto columns = columns_of(printable_line(one.server));
        width = columns <= widest_name ? std::max(width, columns) : width;
    }
    std::string out;
    for (const auto& [outcome, server, text] : made.notes) {
        const auto name = printable_line(server);
        const auto columns = columns_of(name);
        fmt::format_to(std::back_inserter(out), "{:<8} {}{} {}\n", word_for(outcome), name,
                       std::string(columns < width ? width - columns + 1 : 1, ' '), printable_line(text));
    }
    if (!made.variables.empty())
        fmt::format_to(std::back_inserter(out), "set      {}: the configuration needs {}\n",
                       printable_line(fmt::format("{}", fmt::join(made.variables, ", "))),
                       made.variables.size() == 1 ? "this environment variable"
                                                  : "these environment variables");
    return out;
}

} // namespace vmcp
