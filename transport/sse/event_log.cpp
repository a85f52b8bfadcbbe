// Event ids and the replay window of one stream.
#include "transport/sse/event_log.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace transport {

namespace {

// Two 64-bit numbers, 16 hexadecimal and 20 decimal digits, and the dash between them.
struct id_text {
    std::array<char, 37> bytes{};
    std::size_t size = 0;

    [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};

id_text text_of(event_position position) noexcept {
    id_text text;
    char* const end = text.bytes.data() + text.bytes.size();
    char* at = std::to_chars(text.bytes.data(), end, position.stream, 16).ptr;
    *at++ = '-';
    at = std::to_chars(at, end, position.sequence).ptr;
    text.size = static_cast<std::size_t>(at - text.bytes.data());
    return text;
}

} // namespace

void append_event_id(std::string& out, event_position position) {
    out.append(text_of(position).view());
}

std::string event_id(event_position position) {
    return std::string(text_of(position).view());
}

std::optional<event_position> parse_event_id(std::string_view text) noexcept {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const char* const end = text.data() + text.size();
    event_position position;
    // The digits are read leniently; writing the result back and comparing makes it strict.
    std::from_chars(text.data(), text.data() + dash, position.stream, 16);
    std::from_chars(text.data() + dash + 1, end, position.sequence);
    if (text_of(position).view() != text)
        return std::nullopt;
    return position;
}

std::uint64_t event_log::append(std::string data) {
    bytes_ += data.size();
    entries_.push_back({++last_, std::move(data)});
    while (!entries_.empty() && (entries_.size() > limits_.max_events || bytes_ > limits_.max_bytes))
        forget_oldest();
    return last_;
}

std::uint64_t event_log::append_copy(std::string_view data) {
    if (data.size() <= limits_.max_bytes && limits_.max_events > 0)
        return append(std::string(data));
    entries_.clear();
    bytes_ = 0;
    return ++last_;
}

void event_log::forget_oldest() {
    bytes_ -= entries_.front().data.size();
    entries_.pop_front();
}

std::optional<event_log::range> event_log::after(std::uint64_t sequence) const {
    // Sequences are consecutive, so that the number of missed events says whether all of them are still
    // there.
    if (sequence > last_ || last_ - sequence > entries_.size())
        return std::nullopt;
    const auto missed = static_cast<std::ptrdiff_t>(last_ - sequence);
    return range(entries_.end() - missed, entries_.end());
}

} // namespace transport
