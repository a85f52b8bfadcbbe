// What the kernel knows of this process: memory, descriptors, CPU time.
#pragma once

#include <cstdint>

namespace vmcp {

// Zeros where the kernel does not tell.
struct process_figures {
    double start_time = 0; // seconds since 1970
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t threads = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
};

// Reads /proc/self (proc(5)); some 100 microseconds.
[[nodiscard]] process_figures read_process_figures();

} // namespace vmcp
