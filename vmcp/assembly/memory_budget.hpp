// How much memory the process may let peers use: what is configured, or a part of what the machine or the container has.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vmcp {

// Bytes.
struct machine_figures {
    std::optional<std::size_t> container{}; // the limit of the control group; nothing: there is none
    std::size_t physical = 0;               // 0: unknown
};

// `configured` in bytes; 0: three quarters of what the container may use, or half of what the machine has, whichever is
// less, and never less than least_memory_budget.
[[nodiscard]] std::size_t memory_budget(std::size_t configured, const machine_figures& machine) noexcept;

inline constexpr std::size_t least_memory_budget = std::size_t{32} << 20;

// A limit as control groups write it: a number of bytes, or `max`; version 1 writes an absurd number for none.
[[nodiscard]] std::optional<std::size_t> read_group_limit(std::string_view text) noexcept;

// Of the control group that /proc/self/cgroup names (version 2, or the memory controller of version 1), relative to where
// groups are mounted: `/a/b` of lines like `0::/a/b`. Empty: no line says so.
struct group_paths {
    std::string_view unified{};
    std::string_view memory_controller{};
};
[[nodiscard]] group_paths read_group_paths(std::string_view proc_self_cgroup) noexcept;

// Reads what this machine has. Of nested control groups the tightest limit counts.
[[nodiscard]] machine_figures machine_memory();

} // namespace vmcp
