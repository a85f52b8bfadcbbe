#include "bench/chunked_decoder.hpp"

#include <algorithm>

namespace bench {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

chunked_decoder::state chunked_decoder::step(char c) {
    const auto expect = [&](char wanted, phase next) {
        phase_ = next;
        return c == wanted ? state::more : state::broken;
    };
    switch (phase_) {
    case phase::size:
        if (const int digit = hex_digit(c); digit >= 0 && digits_ < 15) {
            left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
            ++digits_;
            return state::more;
        }
        phase_ = c == '\r' ? phase::size_end : phase::extension;
        return digits_ > 0 && (c == '\r' || c == ';' || c == ' ') ? state::more : state::broken;
    case phase::extension:
        if (c == '\r')
            phase_ = phase::size_end;
        return state::more;
    case phase::size_end:
        digits_ = 0;
        return expect('\n', left_ == 0 ? phase::trailer_start : phase::data);
    case phase::data_cr:
        return expect('\r', phase::data_lf);
    case phase::data_lf:
        return expect('\n', phase::size);
    case phase::trailer_start:
        phase_ = c == '\r' ? phase::last_lf : phase::trailer;
        return state::more;
    case phase::trailer:
        if (c == '\r')
            phase_ = phase::trailer_end;
        return state::more;
    case phase::trailer_end:
        return expect('\n', phase::trailer_start);
    case phase::last_lf:
        return c == '\n' ? state::done : state::broken;
    case phase::data: // handled by feed
        break;
    }
    return state::broken;
}

chunked_decoder::state chunked_decoder::feed(std::string_view bytes, std::string& out) {
    consumed_ = 0;
    while (consumed_ < bytes.size()) {
        if (phase_ == phase::data) {
            const auto piece = std::min<std::uint64_t>(left_, bytes.size() - consumed_);
            out.append(bytes.substr(consumed_, piece));
            consumed_ += piece;
            left_ -= piece;
            if (left_ == 0)
                phase_ = phase::data_cr;
            continue;
        }
        const auto now = step(bytes[consumed_++]);
        if (now != state::more)
            return now;
    }
    return state::more;
}

} // namespace bench
