#include "transport/process/line_framing.hpp"

#include <algorithm>

namespace transport {

namespace {

constexpr std::string_view white_space = " \t\r\v\f";

} // namespace

line_framing::step line_framing::next() {
    while (!piece_.empty()) {
        const auto end = piece_.find('\n');
        const auto part = piece_.substr(0, end);
        const bool ends = end != std::string_view::npos;
        if (dropping_) {
            piece_.remove_prefix(part.size() + (ends ? 1 : 0));
            note_dropped(part);
            if (!ends)
                break;
            dropping_ = false;
            return step::dropped;
        }
        // A CR before the end is none of the line's bytes, but it may be the last one of the piece.
        const bool ends_in_cr = (part.empty() ? std::string_view(line_) : part).ends_with('\r');
        if (line_.size() + part.size() > longest_ + (ends_in_cr ? 1 : 0)) {
            begin_dropping(); // and goes on with the same piece
            return step::overlong;
        }
        piece_.remove_prefix(part.size() + (ends ? 1 : 0));
        line_.append(part);
        if (!ends)
            break;
        if (line_.ends_with('\r'))
            line_.pop_back();
        if (line_.find_first_not_of(white_space) != std::string::npos)
            return step::line;
        line_.clear();
    }
    return step::more;
}

bool line_framing::drop_line() {
    if (line_.empty() || dropping_)
        return false;
    begin_dropping();
    return true;
}

void line_framing::begin_dropping() {
    dropping_ = true;
    dropped_bytes_ = 0;
    head_.clear();
    tail_.clear();
    note_dropped(std::exchange(line_, {})); // gives its memory back
}

void line_framing::note_dropped(std::string_view part) {
    dropped_bytes_ += part.size();
    head_.append(part.substr(0, kept - std::min(kept, head_.size())));
    tail_.append(part.substr(part.size() - std::min(part.size(), kept)));
    if (tail_.size() > kept)
        tail_.erase(0, tail_.size() - kept);
}

} // namespace transport
