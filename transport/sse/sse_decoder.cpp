// The event-stream grammar as a machine over pieces of lines: values go straight to where they end up, so no
// line is ever put together first.
#include "transport/sse/sse_decoder.hpp"

#include "vmcp/base/byte_order_mark.hpp"

#include <algorithm>
#include <utility>

namespace transport {

namespace {

using vmcp::byte_order_mark;

// What a stream keeps between two events; a bigger buffer is given back, as streams live long and are mostly
// idle.
constexpr std::size_t kept_capacity = 64 * 1024;

constexpr std::int64_t no_digit = -1;
constexpr std::int64_t not_a_number = -2;

} // namespace

sse_decoder::field sse_decoder::field_of(std::string_view name) noexcept {
    if (name == "data")
        return field::data;
    if (name == "event")
        return field::event;
    if (name == "id")
        return field::id;
    if (name == "retry")
        return field::retry;
    return field::ignored;
}

void sse_decoder::feed(std::string_view bytes) {
    input_ = line_scan(bytes);
}

sse_step sse_decoder::next() {
    if (event_is_out_)
        forget_event();
    while (!failed_ && !event_is_out_ && !input_.done()) {
        switch (phase_) {
        case phase::bom:
            read_bom();
            break;
        case phase::name:
            read_name();
            break;
        case phase::space:
            if (input_.peek() == ' ')
                input_.get();
            phase_ = phase::value;
            break;
        case phase::value:
            read_value();
            break;
        }
    }
    if (failed_)
        return sse_step::too_large;
    return event_is_out_ ? sse_step::event : sse_step::need_bytes;
}

sse_step sse_decoder::finish() {
    if (event_is_out_)
        forget_event();
    if (phase_ == phase::name && name_size_ > 0)
        begin_value();
    if (phase_ != phase::bom)
        end_line('\n');
    if (!failed_ && !data_.empty())
        end_event();
    if (failed_)
        return sse_step::too_large;
    return event_is_out_ ? sse_step::event : sse_step::need_bytes;
}

std::string sse_decoder::take_data() {
    event_.data = {};
    return std::exchange(data_, {});
}

void sse_decoder::restart() {
    forget_event();
    input_ = {};
    phase_ = phase::bom;
    name_size_ = 0;
    after_cr_ = false;
    id_changed_ = false;
    failed_ = false;
}

// Bytes that began like a byte order mark and are none stay in name_, where they make the name an unknown
// one.
void sse_decoder::read_bom() {
    if (input_.peek() != byte_order_mark[name_size_]) {
        phase_ = phase::name;
        return;
    }
    name_[name_size_++] = input_.get();
    if (name_size_ == byte_order_mark.size()) {
        name_size_ = 0;
        phase_ = phase::name;
    }
}

void sse_decoder::read_name() {
    if (std::exchange(after_cr_, false) && input_.peek() == '\n')
        input_.get();
    while (!input_.done()) {
        const char c = input_.get();
        if (c == '\n' || c == '\r') {
            const bool empty_line = name_size_ == 0;
            if (!empty_line)
                begin_value();
            end_line(c);
            if (empty_line)
                end_event();
            return;
        }
        // A line that begins with a colon is a comment: a value without a name, hence of no known field.
        if (c == ':' || name_size_ == sizeof(name_)) {
            begin_value();
            phase_ = c == ':' ? phase::space : phase::value;
            return;
        }
        name_[name_size_++] = c;
    }
}

void sse_decoder::read_value() {
    take(input_.take_line());
    if (!input_.done())
        end_line(input_.get());
}

void sse_decoder::begin_value() {
    field_ = field_of({name_, name_size_});
    name_size_ = 0;
    switch (field_) {
    case field::data:
        if (std::exchange(has_data_line_, true))
            take("\n");
        break;
    case field::event:
        name_of_event_.clear();
        break;
    case field::id:
        value_.clear();
        break;
    case field::retry:
        retry_value_ = no_digit;
        break;
    case field::ignored:
        break;
    }
}

void sse_decoder::take(std::string_view piece) {
    const auto append = [&](std::string& to, std::size_t limit) {
        if (piece.size() > limit - to.size())
            failed_ = true;
        else
            to.append(piece);
    };
    switch (field_) {
    case field::data:
        append(data_, max_event_size_);
        break;
    case field::event:
        append(name_of_event_, max_name_size);
        break;
    case field::id:
        append(value_, max_name_size);
        break;
    case field::retry:
        take_digits(piece);
        break;
    case field::ignored:
        break;
    }
}

void sse_decoder::take_digits(std::string_view piece) {
    for (const char c : piece) {
        if (c < '0' || c > '9')
            retry_value_ = not_a_number;
        if (retry_value_ == not_a_number)
            return;
        const std::int64_t value = std::max<std::int64_t>(retry_value_, 0) * 10 + (c - '0');
        retry_value_ = std::min<std::int64_t>(value, max_retry.count());
    }
}

void sse_decoder::end_line(char line_end) {
    after_cr_ = line_end == '\r';
    end_value();
    field_ = field::ignored;
    phase_ = phase::name;
}

void sse_decoder::end_value() {
    if (field_ == field::id && value_.find('\0') == std::string::npos) {
        pending_id_ = value_;
        id_changed_ = true;
    } else if (field_ == field::retry && retry_value_ >= 0) {
        retry_ = std::chrono::milliseconds(retry_value_);
    }
}

void sse_decoder::end_event() {
    if (std::exchange(id_changed_, false))
        std::swap(last_event_id_, pending_id_);
    if (data_.empty()) {
        forget_event();
        return;
    }
    event_ = {data_, name_of_event_, last_event_id_};
    event_is_out_ = true;
}

void sse_decoder::forget_event() {
    event_ = {};
    event_is_out_ = false;
    has_data_line_ = false;
    name_of_event_.clear();
    if (data_.capacity() > kept_capacity)
        std::string().swap(data_);
    else
        data_.clear();
}

} // namespace transport
