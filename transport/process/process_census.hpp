// Which processes belong to the session of a program, and what they hold, as the kernel counts them (proc(5)).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace transport {

// One line of /proc/ID/stat, as far as it matters.
struct process_row {
    pid_t id = 0;
    char state = 0; // 'Z': it has ended, and nobody has asked how
    pid_t session = 0;
    std::size_t resident_pages = 0;
};
// Nothing where the text is no such line. Pure.
[[nodiscard]] std::optional<process_row> read_process_row(std::string_view text);

// The processes of that session that run, without its leader.
[[nodiscard]] std::vector<pid_t> members_of_session(pid_t leader);

// What the processes of each session hold together. Thread-safe: all who ask within a second share one look.
class process_census {
public:
    struct entry {
        std::size_t processes = 0; // with the leader
        std::size_t resident = 0;  // bytes; what they share is counted for each
    };
    [[nodiscard]] entry of_session(pid_t leader, std::chrono::steady_clock::time_point now);

    static constexpr std::chrono::milliseconds age{900};

private:
    [[nodiscard]] bool begin_look(std::chrono::steady_clock::time_point now);
    [[nodiscard]] static std::map<pid_t, entry> look();

    std::mutex mutex_{};
    std::optional<std::chrono::steady_clock::time_point> taken_{};
    std::map<pid_t, entry> sessions_{};
};

} // namespace transport
