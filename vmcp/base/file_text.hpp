// The content of files that people name, read so that nothing hangs on what they turn out to be.
#pragma once

#include "vmcp/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vmcp {

// What becomes of files that are pipes. Whoever serves must not wait for another process.
enum class pipes : std::uint8_t {
    read,    // to their end, which must come within 30 s
    refused, // with a failure that says so
};

inline constexpr std::size_t largest_file = std::size_t{16} << 20;

// All of a file. Fails with errc::io: it cannot be opened or read, is a folder or a device, or has more than `most` bytes.
// Nothing waits but for a pipe.
[[nodiscard]] result<std::string> read_file(const std::string& path, pipes pipes,
                                            std::size_t most = largest_file);

// The same of what is open already, and is not closed: everything up to its end, which must come before `until`.
[[nodiscard]] result<std::string> read_all(int descriptor, std::chrono::steady_clock::time_point until,
                                           std::size_t most = largest_file);

} // namespace vmcp
