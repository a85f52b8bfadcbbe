// What this process or this machine has run out of. A failure for want of it
// says nothing about a peer: health asks here before it holds one against a backend.
#pragma once

#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vmcp {

enum class shortage : std::uint8_t {
    descriptors, // EMFILE, ENFILE
    memory,      // ENOMEM, ENOBUFS
    ports,       // EADDRNOTAVAIL of a connect: no local port is free for that destination
    threads,     // EAGAIN of a name lookup: as many are under way as may be
};
inline constexpr std::array all_shortages{shortage::descriptors, shortage::memory, shortage::ports,
                                          shortage::threads};

[[nodiscard]] std::string_view name_of(shortage shortage) noexcept;

// Nothing: the error is not about us.
[[nodiscard]] std::optional<shortage> shortage_of(const boost::system::error_code& ec) noexcept;

// Whether no further descriptor can be had right now: what the system library does not tell of a name lookup that failed
// for that.
[[nodiscard]] bool out_of_descriptors() noexcept;

// Counts it, and says so in the log now and then. From any thread.
void note_shortage(shortage shortage, std::chrono::steady_clock::time_point now);
// The same where the error is about us. Gives the error back.
const boost::system::error_code& note_if_shortage(const boost::system::error_code& ec);

// Of the whole process since its start.
struct shortage_figures {
    std::uint64_t times = 0;
    std::optional<std::chrono::steady_clock::time_point> last{};
};
[[nodiscard]] shortage_figures seen(shortage shortage) noexcept;

} // namespace vmcp
