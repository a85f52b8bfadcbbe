// Brings records from the queue to the file: what is written when, what becomes of it when the file takes nothing, and what
// the operator is told. Without a thread or a clock of its own.
#pragma once

#include "vmcp/audit/audit_file.hpp"
#include "vmcp/audit/audit_line.hpp"
#include "vmcp/audit/audit_queue.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace vmcp {

// One thread at a time. While the file takes nothing, a few lines that are ready and what the queue holds wait for it, so
// that a short trouble loses nothing; what finds no room in the queue is lost, and the file says how much as soon as it takes
// lines again.
class audit_pump {
public:
    using steady = std::chrono::steady_clock::time_point;
    using wall = std::chrono::system_clock::time_point;

    static constexpr std::chrono::seconds retry{1};
    static constexpr std::chrono::seconds log_pause{60}; // between two lines of the log about one trouble

    // `ids` makes a new audit id for each line. `from` outlives the pump.
    audit_pump(audit_queue& from, std::function<std::string()> ids) : from_(from), ids_(std::move(ids)) {}

    // When to call turn() again at the latest: `now` where there is more to do. `asleep`: records alone are no reason.
    struct rest {
        steady until{};
        bool asleep = false;
    };
    // Writes at most one piece of text.
    [[nodiscard]] rest turn(line_output& to, const line_terms& terms, steady now, wall at);
    // Another file takes the place of the last: what was written in part is written whole, and at once.
    void file_changed();

    [[nodiscard]] std::uint64_t written() const noexcept { return written_; } // lines
    // Lines that are ready and were not written.
    [[nodiscard]] std::size_t pending() const noexcept;
    // Why the file takes nothing; empty: it does.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    void fill(const line_terms& terms, steady now, wall at);
    rest failed(const line_output& to, std::string why, steady now);
    void recovered(const line_output& to);
    [[nodiscard]] bool may_log(steady now);

    audit_queue& from_;
    std::function<std::string()> ids_;
    std::string text_{};   // whole lines, of which the front was written
    std::size_t done_ = 0; // bytes of it
    std::uint64_t written_ = 0;
    std::uint64_t told_ = 0; // of the lost ones
    std::optional<steady> missing_since_{};
    std::string problem_{};
    steady retry_at_{};
    std::optional<steady> logged_at_{};
    bool complained_ = false; // the log says that the file takes nothing
};

} // namespace vmcp
