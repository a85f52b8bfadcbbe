#include "transport/redis/resp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace transport {
namespace {

using kind = resp_value::kind;

std::optional<std::int64_t> number_in(std::string_view text) noexcept {
    std::int64_t out = 0;
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-'))
            return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

} // namespace

bool resp_value::is_error(std::string_view code) const noexcept {
    return is_error() && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

void append_command(std::string& out, std::span<const std::string> parts) {
    fmt::format_to(std::back_inserter(out), "*{}\r\n", parts.size());
    for (const auto& part : parts) {
        fmt::format_to(std::back_inserter(out), "${}\r\n", part.size());
        out.append(part).append("\r\n");
    }
}

void resp_decoder::feed(std::string_view bytes) {
    if (!broken_.empty())
        return;
    if (at_ == buffer_.size()) {
        buffer_.clear();
        at_ = scanned_ = 0;
    }
    buffer_.append(bytes);
}

vmcp::result<std::optional<resp_value>> resp_decoder::next() {
    for (;;) {
        resp_value value;
        const auto done = !broken_.empty() ? step::broken : bulk_ ? read_bulk(value) : read_line(value);
        switch (done) {
        case step::more_bytes:
            return std::optional<resp_value>();
        case step::broken:
            return vmcp::fail(vmcp::errc::io, broken_);
        case step::part:
            continue;
        case step::value:
            break;
        }
        if (!close_arrays(value))
            continue;
        bytes_ = items_ = 0;
        return std::optional(std::move(value));
    }
}

// A value is there: it is the reply, or an item of the innermost array, which it may complete. True: `value` is a reply.
bool resp_decoder::close_arrays(resp_value& value) {
    while (!open_.empty()) {
        auto& innermost = open_.back();
        innermost.value.items.push_back(std::move(value));
        if (--innermost.left > 0)
            return false;
        value = std::move(innermost.value);
        open_.pop_back();
    }
    return true;
}

resp_decoder::step resp_decoder::take_line(std::string_view& line) {
    const auto end = buffer_.find("\r\n", std::max(at_, scanned_));
    // A CR at the end may be half of the line's end.
    const bool half = end == std::string::npos && buffer_.size() > at_ && buffer_.back() == '\r';
    const auto length = (end == std::string::npos ? buffer_.size() - (half ? 1 : 0) : end) - at_;
    if (length > limits_.line)
        return refuse("a line is too long");
    if (end == std::string::npos) {
        scanned_ = buffer_.empty() ? 0 : buffer_.size() - 1; // the end may begin with the last byte
        return step::more_bytes;
    }
    line = std::string_view(buffer_).substr(at_, length);
    return step::value;
}

resp_decoder::step resp_decoder::read_line(resp_value& out) {
    std::string_view line;
    if (const auto found = take_line(line); found != step::value)
        return found;
    if (line.empty())
        return refuse("an empty line");
    const char type = line.front();
    const auto rest = line.substr(1);
    const auto number = number_in(rest);
    out = {.type = type == '+' ? kind::simple : kind::error, .text = std::string(rest)};
    consume(line.size() + 2);
    if (bytes_ > limits_.reply)
        return refuse("a reply is too long");
    if (type == '+' || type == '-')
        return step::value;
    if (type != ':' && type != '$' && type != '*')
        return refuse("a line that begins with none of + - : $ *");
    if (!number)
        return refuse("a line without a number");
    if (type == ':') {
        out = {.type = kind::integer, .number = *number};
        return step::value;
    }
    out = {};
    if (*number == -1)
        return step::value;
    if (*number < 0)
        return refuse("a negative length");
    if (type == '*')
        return begin_array(*number, out);
    if (static_cast<std::uint64_t>(*number) > limits_.reply - bytes_)
        return refuse("a reply is too long");
    bulk_ = static_cast<std::size_t>(*number);
    return step::part;
}

resp_decoder::step resp_decoder::begin_array(std::int64_t size, resp_value& out) {
    const auto count = static_cast<std::uint64_t>(size);
    if (count > limits_.items - items_)
        return refuse("an array has too many items");
    items_ += static_cast<std::size_t>(count);
    out.type = kind::array;
    if (count == 0)
        return step::value;
    if (open_.size() >= limits_.depth)
        return refuse("arrays are nested too deeply");
    open_.push_back({std::move(out), static_cast<std::size_t>(count)});
    return step::part;
}

resp_decoder::step resp_decoder::read_bulk(resp_value& out) {
    const auto size = *bulk_;
    if (buffer_.size() - at_ < size + 2)
        return step::more_bytes;
    if (buffer_.compare(at_ + size, 2, "\r\n") != 0)
        return refuse("a string does not end where it should");
    out = {.type = kind::bulk, .text = buffer_.substr(at_, size)};
    bulk_.reset();
    consume(size + 2);
    return step::value;
}

resp_decoder::step resp_decoder::refuse(std::string_view why) {
    broken_ = fmt::format("what came is not RESP2: {}", why);
    buffer_.clear();
    at_ = scanned_ = 0;
    return step::broken;
}

void resp_decoder::consume(std::size_t bytes) {
    constexpr std::size_t worth_moving = std::size_t{64} << 10;
    at_ += bytes;
    scanned_ = at_;
    bytes_ += bytes;
    if (at_ < worth_moving)
        return;
    buffer_.erase(0, at_);
    at_ = scanned_ = 0;
}

} // namespace transport
