// What the process sets for itself at its start: how many descriptors it may open, how it keeps memory, what it leaves
// behind when it crashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vmcp {

// Raises the soft limit of open descriptors (RLIMIT_NOFILE), usually 1,024, to the hard limit: each connection takes
// one. Returns the limit that holds now.
std::uint64_t raise_descriptor_limit() noexcept;

// A crash of the process leaves no core dump: its memory holds tokens. Children inherit it.
void suppress_core_dumps() noexcept;

// What to tell when `limit` is not enough for limits.maxConnections clients and what else needs descriptors.
[[nodiscard]] std::optional<std::string> descriptor_warning(std::uint64_t limit,
                                                            std::uint64_t max_connections);

// Bodies of some 100 KB come and go thousands of times a second. With its own thresholds glibc gives their pages
// back to the kernel each time and faults them in again: a fifth of the CPU of a 32 KB call. What is longer than 2 MiB goes
// back at once, or many such bodies would leave holes that stay resident.
// The threads that live as long as the process have a heap each, and those that look names up share them: another heap for
// each would keep what it once needed.
void keep_pages_of_bodies(unsigned threads) noexcept;

// Gives back to the kernel what is free in between: heaps fray with time, and pages that no body needs any more stay
// resident. Some milliseconds of the calling thread; to be called now and then.
void give_back_pages() noexcept;

} // namespace vmcp
