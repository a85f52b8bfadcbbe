#include "vmcp/assembly/memory_budget.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

namespace vmcp {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    constexpr std::size_t most = 64 * 1024;
    std::string text(most, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// The tightest limit of a group and those it is in. Within a container the path may be one of the host's: the root then
// is the container's own.
std::optional<std::size_t> tightest(const std::string& root, std::string_view path, const std::string& name) {
    std::optional<std::size_t> out;
    for (std::string at(path);; at.resize(at.rfind('/'))) {
        if (at == "/")
            at.clear();
        if (const auto limit = read_group_limit(content_of(root + at + "/" + name)))
            out = std::min(out.value_or(*limit), *limit);
        if (at.empty())
            return out;
    }
}

} // namespace

std::size_t memory_budget(std::size_t configured, const machine_figures& machine) noexcept {
    if (configured != 0)
        return configured;
    constexpr std::size_t unknown = std::numeric_limits<std::size_t>::max();
    const auto of_machine = machine.physical == 0 ? unknown : machine.physical / 2;
    const auto of_container = machine.container ? *machine.container / 4 * 3 : unknown;
    return std::max(std::min(of_machine, of_container), least_memory_budget);
}

std::optional<std::size_t> read_group_limit(std::string_view text) noexcept {
    constexpr std::uint64_t absurd = std::uint64_t{1} << 60;
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    const bool whole = end == text.data() + text.size() || *end == '\n';
    if (error != std::errc{} || !whole || bytes >= absurd)
        return std::nullopt;
    return static_cast<std::size_t>(bytes);
}

group_paths read_group_paths(std::string_view text) noexcept {
    group_paths out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos)
            continue;
        const auto controllers = line.substr(first + 1, second - first - 1);
        const auto path = line.substr(second + 1);
        if (controllers.empty())
            out.unified = path;
        else if (controllers == "memory")
            out.memory_controller = path;
    }
    return out;
}

machine_figures machine_memory() {
    machine_figures out;
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto page = ::sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        out.physical = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
    const auto text = content_of("/proc/self/cgroup");
    const auto paths = read_group_paths(text);
    out.container = tightest("/sys/fs/cgroup", paths.unified, "memory.max");
    const auto old = tightest("/sys/fs/cgroup/memory", paths.memory_controller, "memory.limit_in_bytes");
    if (old)
        out.container = std::min(out.container.value_or(*old), *old);
    return out;
}

} // namespace vmcp
