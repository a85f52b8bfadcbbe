// Problems as text for people and editors.
#include "vmcp/config/config_problem.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace vmcp {

void problem_list::add(text_position at, std::string key, std::string message, bool of_machine) {
    if (!full())
        problems.push_back({file, at, std::move(key), std::move(message), of_machine});
}

void problem_list::sort() {
    // A multimap keeps the order of equal keys; std::stable_sort of libstdc++ 12 warns under clang.
    std::multimap<text_position, config_problem> ordered;
    for (auto& problem : problems)
        ordered.emplace(problem.at, std::move(problem));
    problems.clear();
    for (auto& [at, problem] : ordered)
        problems.push_back(std::move(problem));
}

namespace {

std::string formatted(const config_problem& problem, std::string_view kind) {
    const std::string_view file = problem.file == "-" ? std::string_view("<stdin>") : problem.file;
    return fmt::format("{}:{}:{}: {}{}{}{}", file, problem.at.line, problem.at.column, kind, problem.key,
                       problem.key.empty() ? "" : ": ", problem.message);
}

} // namespace

std::string format_problem(const config_problem& problem) {
    return formatted(problem, "");
}

std::string format_warning(const config_problem& problem) {
    return formatted(problem, "warning: ");
}

std::string format_problems(const std::vector<config_problem>& problems) {
    std::string out;
    for (const auto& problem : problems)
        out.append(format_problem(problem)).append("\n");
    return out;
}

} // namespace vmcp
