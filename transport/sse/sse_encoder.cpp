// Event fields as lines, and chunk sizes as hexadecimal digits.
#include "transport/sse/sse_encoder.hpp"

#include "transport/sse/line_scan.hpp"

#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

namespace transport {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// Fixed width, because the size is known last; leading zeros are allowed (chunk-size = 1*HEXDIG).
constexpr std::string_view open_chunk = "00000000\r\n";
constexpr std::size_t size_digits = 8;

bool contains(std::string_view text, char wanted) noexcept {
    return !text.empty() && std::memchr(text.data(), wanted, text.size()) != nullptr;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty() || has_line_end(value) || contains(value, '\0'))
        return;
    out.append(name).append(": ").append(value).append("\n");
}

// Splits data that comes in pieces at its line ends.
class data_lines {
public:
    explicit data_lines(std::string& out) : out_(out) {}

    void add(std::string_view piece) {
        line_scan scan(piece);
        if (!scan.done() && std::exchange(after_cr_, false) && scan.peek() == '\n')
            scan.get();
        while (!scan.done()) {
            out_.append(scan.take_line());
            if (scan.done())
                return;
            out_.append("\ndata: ");
            if (scan.get() != '\r')
                continue;
            if (scan.done())
                after_cr_ = true;
            else if (scan.peek() == '\n')
                scan.get();
        }
    }

private:
    std::string& out_;
    bool after_cr_ = false;
};

} // namespace

bool has_line_end(std::string_view data) noexcept {
    return contains(data, '\n') || contains(data, '\r');
}

void append_event_head(std::string& out, std::string_view id, std::string_view event) {
    append_field(out, "id", id);
    append_field(out, "event", event);
    out.append("data: ");
}

void append_event(std::string& out, std::string_view id, std::string_view event, std::string_view data) {
    append_event(out, id, event, std::span(&data, 1));
}

void append_event(std::string& out, std::string_view id, std::string_view event,
                  std::span<const std::string_view> data) {
    append_event_head(out, id, event);
    data_lines lines(out);
    for (const auto piece : data)
        lines.add(piece);
    out.append(event_end);
}

void append_priming_event(std::string& out, std::string_view id,
                          std::optional<std::chrono::milliseconds> retry) {
    append_field(out, "id", id);
    if (retry)
        append_field(out, "retry", std::to_string(retry->count()));
    out.append("data: ").append(event_end);
}

chunk_scope::chunk_scope(std::string& out) : out_(&out), start_(out.size()) {
    out.append(open_chunk);
}

void chunk_scope::close() {
    if (out_ == nullptr)
        return;
    std::string& out = *std::exchange(out_, nullptr);
    std::size_t size = out.size() - start_ - open_chunk.size();
    if (size == 0) {
        out.resize(start_);
        return;
    }
    assert(size <= std::numeric_limits<std::uint32_t>::max());
    for (std::size_t i = size_digits; i-- > 0; size >>= 4)
        out[start_ + i] = hex_digits[size & 0xF];
    out.append(chunk_end);
}

} // namespace transport
