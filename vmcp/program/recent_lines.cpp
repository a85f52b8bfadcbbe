#include "vmcp/program/recent_lines.hpp"

#include "vmcp/base/excerpt.hpp"

namespace vmcp {

void recent_lines::add(log::level level, std::string_view text, health::wall_time now) {
    constexpr std::size_t longest = 500;
    if (level != log::level::warn && level != log::level::error)
        return;
    line made{.when = now, .level = level, .text = excerpt_of(text, {}, longest)};
    const std::lock_guard lock(mutex_);
    if (!lines_.empty() && lines_.front().text == made.text) {
        lines_.front().when = now;
        ++lines_.front().times;
        return;
    }
    lines_.push_front(std::move(made));
    if (lines_.size() > most_)
        lines_.pop_back();
}

std::vector<recent_lines::line> recent_lines::newest_first() const {
    const std::lock_guard lock(mutex_);
    return {lines_.begin(), lines_.end()};
}

} // namespace vmcp
