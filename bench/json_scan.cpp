#include "bench/json_scan.hpp"

namespace bench {

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// `start` is behind the opening quote; the result is behind the closing one, or npos.
std::size_t skip_string(std::string_view text, std::size_t start) {
    for (std::size_t at = start; at < text.size();) {
        const auto quote = text.find('"', at);
        if (quote == npos)
            return npos;
        std::size_t backslashes = 0;
        while (quote - backslashes > start && text[quote - backslashes - 1] == '\\')
            ++backslashes;
        if (backslashes % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
    return npos;
}

std::size_t skip_container(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at++];
        if (c == '"') {
            at = skip_string(text, at);
            if (at == npos)
                return npos;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return npos;
}

// The end of the value that starts at `at`, or npos.
std::size_t skip_value(std::string_view text, std::size_t at) {
    if (at >= text.size())
        return npos;
    if (text[at] == '"')
        return skip_string(text, at + 1);
    if (text[at] == '{' || text[at] == '[')
        return skip_container(text, at);
    while (at < text.size() && !is_space(text[at]) && text[at] != ',' && text[at] != '}' && text[at] != ']')
        ++at;
    return at;
}

} // namespace

member_reader::member_reader(std::string_view object) : text_{object} {
    skip_space();
    if (position_ < text_.size() && text_[position_] == '{')
        ++position_;
    else
        position_ = text_.size();
}

void member_reader::skip_space() {
    while (position_ < text_.size() && is_space(text_[position_]))
        ++position_;
}

std::string_view member_reader::value() {
    if (!value_known_) {
        const auto end = skip_value(text_, value_start_);
        value_end_ = end == npos ? value_start_ : end;
        position_ = end == npos ? text_.size() : end;
        value_known_ = true;
    }
    return text_.substr(value_start_, value_end_ - value_start_);
}

bool member_reader::next() {
    if (!value_known_)
        static_cast<void>(value());
    skip_space();
    if (position_ < text_.size() && text_[position_] == ',') {
        ++position_;
        skip_space();
    }
    if (position_ >= text_.size() || text_[position_] != '"')
        return false;
    const auto key_end = skip_string(text_, position_ + 1);
    if (key_end == npos)
        return false;
    key_ = text_.substr(position_ + 1, key_end - position_ - 2);
    position_ = key_end;
    skip_space();
    if (position_ >= text_.size() || text_[position_] != ':')
        return false;
    ++position_;
    skip_space();
    value_start_ = position_;
    value_known_ = false;
    return true;
}

std::string_view find_member(std::string_view object, std::string_view key) {
    member_reader members{object};
    while (members.next())
        if (members.key() == key)
            return members.value();
    return {};
}

std::string_view string_text(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"')
        return {};
    return raw.substr(1, raw.size() - 2);
}

std::size_t count_elements(std::string_view array) {
    if (array.empty() || array.front() != '[')
        return 0;
    std::size_t count = 0;
    for (std::size_t at = 1; at < array.size();) {
        if (is_space(array[at]) || array[at] == ',') {
            ++at;
            continue;
        }
        if (array[at] == ']')
            return count;
        at = skip_value(array, at);
        if (at == npos)
            return 0;
        ++count;
    }
    return 0;
}

} // namespace bench
