// Finds line ends (LF or CR) in a text, in time linear in its size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace transport {

// A cursor over bytes that it does not own. Remembers where the next LF and the next CR stand, so that a text
// with many of the one and none of the other is not searched to its end for each line.
class line_scan {
public:
    line_scan() = default;
    explicit line_scan(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

    [[nodiscard]] bool done() const noexcept { return at_ == end_; }
    [[nodiscard]] char peek() const noexcept { return *at_; }
    char get() noexcept { return *at_++; }

    // Takes what stands before the next line end, or all that is left.
    std::string_view take_line() noexcept {
        const char* const begin = at_;
        at_ = line_end();
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }

private:
    const char* line_end() noexcept {
        if (lf_ == nullptr || lf_ < at_)
            lf_ = find('\n');
        if (cr_ == nullptr || cr_ < at_)
            cr_ = find('\r');
        return std::min(lf_, cr_);
    }

    [[nodiscard]] const char* find(char wanted) const noexcept {
        const auto size = static_cast<std::size_t>(end_ - at_);
        const void* const found = size == 0 ? nullptr : std::memchr(at_, wanted, size);
        return found == nullptr ? end_ : static_cast<const char*>(found);
    }

    const char* at_ = nullptr;
    const char* end_ = nullptr;
    const char* lf_ = nullptr;
    const char* cr_ = nullptr;
};

} // namespace transport
