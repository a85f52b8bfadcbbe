#include "vmcp/audit/audit_pump.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/base/words.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vmcp {

audit_pump::rest audit_pump::turn(line_output& to, const line_terms& terms, steady now, wall at) {
    if (!problem_.empty() && now < retry_at_)
        return {retry_at_, true};
    if (done_ == text_.size())
        fill(terms, now, at);
    if (text_.empty())
        return {steady::max(), false};
    const auto rest = std::string_view(text_).substr(done_);
    const auto taken = to.write(rest);
    if (!taken)
        return failed(to, taken.error().detail, now);
    const auto front = rest.substr(0, *taken);
    written_ += static_cast<std::uint64_t>(std::ranges::count(front, '\n'));
    done_ += front.size();
    if (!problem_.empty())
        recovered(to);
    return {now, false};
}

void audit_pump::fill(const line_terms& terms, steady now, wall at) {
    constexpr std::size_t at_once = 64;
    text_.clear();
    done_ = 0;
    const auto records = from_.take(at_once);
    for (const auto& one : records)
        text_ += audit_line(one, terms, ids_());
    const auto lost = from_.lost();
    if (lost == told_)
        return;
    // Behind the lines that waited while others were lost; and once a second where there is no end of lines.
    constexpr std::chrono::seconds pause{1};
    if (!missing_since_)
        missing_since_ = now;
    if (records.size() == at_once && now < *missing_since_ + pause)
        return;
    text_ += lost_line(lost - told_, at, terms, ids_());
    if (may_log(now))
        log::warn("audit: {} lost", count_of(lost - told_, "line was", "lines were"));
    told_ = lost;
    missing_since_.reset();
}

bool audit_pump::may_log(steady now) {
    if (logged_at_ && now < *logged_at_ + log_pause)
        return false;
    logged_at_ = now;
    return true;
}

audit_pump::rest audit_pump::failed(const line_output& to, std::string why, steady now) {
    if (problem_.empty() && why.empty())
        why = "it cannot be written";
    problem_ = std::move(why);
    retry_at_ = now + retry;
    if (may_log(now)) {
        complained_ = true;
        log::error("audit: {} takes no lines: {}; {} wait for it, {} were lost", to.name(), problem_,
                   from_.size() + pending(), from_.lost() - told_);
    }
    return {retry_at_, true};
}

void audit_pump::recovered(const line_output& to) {
    problem_.clear();
    if (std::exchange(complained_, false))
        log::warn("audit: {} takes lines again; {} were lost meanwhile", to.name(), from_.lost() - told_);
}

void audit_pump::file_changed() {
    const auto line = done_ == 0 ? std::string::npos : text_.rfind('\n', done_ - 1);
    text_.erase(0, line == std::string::npos ? 0 : line + 1);
    done_ = 0;
    retry_at_ = {};
}

std::size_t audit_pump::pending() const noexcept {
    return static_cast<std::size_t>(std::ranges::count(std::string_view(text_).substr(done_), '\n'));
}

} // namespace vmcp
