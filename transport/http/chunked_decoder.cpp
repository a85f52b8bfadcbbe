// One character of a line at a time; data is handed on as a whole.
#include "transport/http/chunked_decoder.hpp"

#include <algorithm>

namespace transport {

namespace {

constexpr unsigned not_a_digit = 16;
constexpr std::uint8_t max_digits = 16;

unsigned digit_of(char c) noexcept {
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A' + 10);
    return not_a_digit;
}

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

// What may stand in an extension or in a trailer line: no control character but TAB.
bool is_text(char c) noexcept {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7F);
}

} // namespace

chunk_step chunked_decoder::next(std::string_view& input, std::string_view& piece) noexcept {
    piece = {};
    while (phase_ != phase::end && phase_ != phase::malformed) {
        if (input.empty())
            return chunk_step::need_bytes;
        if (phase_ == phase::data) {
            piece = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(rest_, input.size())));
            input.remove_prefix(piece.size());
            rest_ -= piece.size();
            overhead_ = 0;
            if (rest_ == 0)
                phase_ = phase::data_cr;
            return chunk_step::data;
        }
        phase_ = ++overhead_ > max_overhead ? phase::malformed : after(input.front());
        input.remove_prefix(1);
    }
    return phase_ == phase::end ? chunk_step::end : chunk_step::malformed;
}

chunked_decoder::phase chunked_decoder::after(char c) noexcept {
    const auto only = [c](char wanted, phase then) { return c == wanted ? then : phase::malformed; };
    const auto text_until_cr = [c](phase same, phase then) {
        return c == '\r' ? then : is_text(c) ? same : phase::malformed;
    };
    switch (phase_) {
    case phase::size:
        return after_size(c);
    case phase::blank:
        return is_blank(c) ? phase::blank : only(';', phase::extension);
    case phase::extension:
        return text_until_cr(phase::extension, phase::size_end);
    case phase::size_end:
        digits_ = 0;
        return only('\n', rest_ == 0 ? phase::line_start : phase::data);
    case phase::data_cr:
        return only('\r', phase::data_lf);
    case phase::data_lf:
        return only('\n', phase::size);
    case phase::line_start:
        if (c == '\r')
            return phase::last_lf;
        had_trailers_ = true;
        return is_text(c) && !is_blank(c) ? phase::trailer : phase::malformed;
    case phase::trailer:
        return text_until_cr(phase::trailer, phase::trailer_end);
    case phase::trailer_end:
        return only('\n', phase::line_start);
    case phase::last_lf:
        return only('\n', phase::end);
    case phase::data:
    case phase::end:
    case phase::malformed:
        break;
    }
    return phase_;
}

chunked_decoder::phase chunked_decoder::after_size(char c) noexcept {
    if (const unsigned digit = digit_of(c); digit != not_a_digit) {
        if (digits_++ == max_digits)
            return phase::malformed;
        rest_ = rest_ << 4 | digit; // rest_ is 0 before the first digit: the last chunk was used up
        return phase::size;
    }
    if (digits_ == 0)
        return phase::malformed;
    if (c == '\r')
        return phase::size_end;
    if (c == ';')
        return phase::extension;
    return is_blank(c) ? phase::blank : phase::malformed;
}

} // namespace transport
