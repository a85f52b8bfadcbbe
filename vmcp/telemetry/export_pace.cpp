#include "vmcp/telemetry/export_pace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace vmcp {
namespace {

using std::chrono::milliseconds;

bool is_retryable(unsigned status) noexcept {
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

std::optional<milliseconds> seconds_in(std::string_view text) {
    std::uint32_t out = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || end != text.data() + text.size() || ec != std::errc())
        return std::nullopt;
    return milliseconds(std::int64_t{out} * 1'000);
}

// 1 s, 2 s, 4 s, ... with half of it left to chance.
milliseconds growing_pause(unsigned failures, double spread) {
    constexpr unsigned most_doublings = 6;
    const auto whole = milliseconds(1'000) * (1U << std::min(failures - 1, most_doublings));
    const auto half = static_cast<double>(whole.count()) / 2;
    return milliseconds(static_cast<std::int64_t>(half + half * std::clamp(spread, 0.0, 1.0)));
}

} // namespace

export_verdict export_pace::answered(const export_answer& answer, double spread) {
    export_verdict out;
    if (answer.status >= 200 && answer.status < 300) {
        attempts_ = 0;
        in_a_row_ = 0;
        if (std::exchange(failing_, false))
            out.notice = "the collector takes them again";
        return out;
    }
    ++in_a_row_;
    const bool again = is_retryable(answer.status) && ++attempts_ < most_attempts;
    out.batch = again ? batch_fate::again : batch_fate::lost;
    if (!again)
        attempts_ = 0;
    const auto asked = seconds_in(answer.retry_after);
    out.pause =
        std::min(std::max(asked.value_or(milliseconds(0)), growing_pause(in_a_row_, spread)), longest_pause);
    if (!std::exchange(failing_, true))
        out.warning = answer.status == 0 ? answer.problem
                                         : fmt::format("HTTP {}{}{}", answer.status,
                                                       answer.problem.empty() ? "" : ": ", answer.problem);
    return out;
}

} // namespace vmcp
