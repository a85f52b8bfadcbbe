#include "vmcp/base/json_cursor.hpp"

#include "vmcp/base/json_text.hpp"

#include <bitset>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vmcp {
namespace {

constexpr unsigned depth_ceiling = 1024; // size of the container stack; a larger max_depth is cut to this

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The first byte at or behind `at` that a string cannot simply run over: quote, backslash, control,
// non-ASCII.
const char* plain_run(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"');
    const auto slash = _mm_set1_epi8('\\');
    const auto space = _mm_set1_epi8(' ');
    for (; end - at >= 16; at += 16) {
        const auto chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        // Signed compare: controls (0..31) and bytes >= 0x80 (negative) are both below ' '.
        const auto stop =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, slash)),
                         _mm_cmplt_epi8(chunk, space));
        if (const int mask = _mm_movemask_epi8(stop); mask != 0)
            return at + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (at != end && *at != '"' && *at != '\\' && static_cast<signed char>(*at) >= ' ')
        ++at;
    return at;
}

} // namespace

void json_cursor::skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
        ++at_;
}

bool json_cursor::peek(json_kind& kind) noexcept {
    if (failed_)
        return false;
    skip_space();
    if (at_ == end_)
        return fail();
    switch (*at_) {
    case '{':
        kind = json_kind::object;
        return true;
    case '[':
        kind = json_kind::array;
        return true;
    case '"':
        kind = json_kind::string;
        return true;
    case 't':
    case 'f':
        kind = json_kind::boolean;
        return true;
    case 'n':
        kind = json_kind::null;
        return true;
    default:
        if (*at_ != '-' && !is_digit(*at_))
            return fail();
        kind = json_kind::number;
        return true;
    }
}

bool json_cursor::value(json_slice& out) noexcept {
    if (!peek(out.kind))
        return false;
    const char* const start = at_;
    const bool container = out.kind == json_kind::object || out.kind == json_kind::array;
    if (container ? !skip_container() : !skip_scalar(out.kind))
        return false;
    out.raw = {start, static_cast<std::size_t>(at_ - start)};
    return true;
}

bool json_cursor::skip_scalar(json_kind kind) noexcept {
    switch (kind) {
    case json_kind::string:
        return skip_string();
    case json_kind::number:
        return skip_number();
    case json_kind::boolean:
        return skip_literal(*at_ == 't' ? "true" : "false");
    case json_kind::null:
        return skip_literal("null");
    case json_kind::object:
    case json_kind::array:
        break;
    }
    return fail();
}

// Iterative, so that hostile nesting costs a bit per level and no stack.
bool json_cursor::skip_container() noexcept {
    std::bitset<depth_ceiling> is_object;
    const unsigned base = depth_;
    const unsigned limit = max_depth_ < depth_ceiling ? max_depth_ : depth_ceiling;
    bool expect_value = true;
    for (;;) {
        if (expect_value) {
            json_kind kind{};
            if (!peek(kind))
                return false;
            if (kind == json_kind::object || kind == json_kind::array) {
                if (depth_ >= limit)
                    return fail();
                is_object[depth_++] = kind == json_kind::object;
                ++at_;
                first_ = true;
            } else if (!skip_scalar(kind)) {
                return false;
            }
        }
        bool done = false;
        if (is_object[depth_ - 1]) {
            std::string_view key;
            if (!next_member(key, done))
                return false;
        } else if (!next_element(done)) {
            return false;
        }
        expect_value = !done;
        if (done && depth_ == base)
            return true;
    }
}

bool json_cursor::enter(char open) noexcept {
    if (failed_)
        return false;
    skip_space();
    if (at_ == end_ || *at_ != open || depth_ >= max_depth_)
        return fail();
    ++at_;
    ++depth_;
    first_ = true;
    return true;
}

bool json_cursor::enter_object() noexcept {
    return enter('{');
}

bool json_cursor::enter_array() noexcept {
    return enter('[');
}

// Common to objects and arrays: consumes the closing bracket, or the comma before the next entry.
bool json_cursor::next(char close, bool& done) noexcept {
    if (failed_)
        return false;
    skip_space();
    if (at_ == end_)
        return fail();
    done = *at_ == close;
    if (done) {
        ++at_;
        --depth_;
        first_ = false;
        return true;
    }
    if (!first_) {
        if (*at_ != ',')
            return fail();
        ++at_;
    }
    first_ = false;
    return true;
}

bool json_cursor::next_member(std::string_view& raw_key, bool& done) noexcept {
    if (!next('}', done))
        return false;
    if (done)
        return true;
    skip_space();
    const char* const start = at_;
    if (at_ == end_ || *at_ != '"' || !skip_string())
        return fail();
    raw_key = {start, static_cast<std::size_t>(at_ - start)};
    skip_space();
    if (at_ == end_ || *at_ != ':')
        return fail();
    ++at_;
    return true;
}

bool json_cursor::next_element(bool& done) noexcept {
    return next(']', done);
}

bool json_cursor::at_end() noexcept {
    if (failed_)
        return false;
    skip_space();
    return at_ == end_ || fail();
}

bool json_cursor::skip_string() noexcept {
    ++at_; // the opening quote
    for (;;) {
        at_ = plain_run(at_, end_);
        if (at_ == end_)
            return fail();
        if (*at_ == '"') {
            ++at_;
            return true;
        }
        if (*at_ == '\\') {
            if (!skip_escape())
                return false;
        } else if (static_cast<unsigned char>(*at_) < ' ' || !skip_utf8()) {
            return fail();
        }
    }
}

bool json_cursor::skip_escape() noexcept {
    if (end_ - at_ < 2)
        return fail();
    const char c = at_[1];
    if (c == 'u') {
        if (end_ - at_ < 6 || !is_hex(at_[2]) || !is_hex(at_[3]) || !is_hex(at_[4]) || !is_hex(at_[5]))
            return fail();
        at_ += 6;
        return true;
    }
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        at_ += 2;
        return true;
    default:
        return fail();
    }
}

// One multi-byte sequence by the table of RFC 3629 section 4: no overlong forms, no surrogates, nothing above
// U+10FFFF.
bool json_cursor::skip_utf8() noexcept {
    const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at_[i]); };
    const unsigned char lead = byte(0);
    std::ptrdiff_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return fail();
    }
    if (end_ - at_ < length || byte(1) < low || byte(1) > high)
        return fail();
    for (std::ptrdiff_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF)
            return fail();
    at_ += length;
    return true;
}

bool json_cursor::skip_number() noexcept {
    const auto digits = [&] {
        const char* const start = at_;
        while (at_ != end_ && is_digit(*at_))
            ++at_;
        return at_ != start;
    };
    if (*at_ == '-')
        ++at_;
    if (at_ != end_ && *at_ == '0')
        ++at_;
    else if (!digits())
        return fail();
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!digits())
            return fail();
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
            ++at_;
        if (!digits())
            return fail();
    }
    return true;
}

bool json_cursor::skip_literal(std::string_view word) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::memcmp(at_, word.data(), word.size()) != 0)
        return fail();
    at_ += word.size();
    return true;
}

bool json_valid(std::string_view text, unsigned max_depth) noexcept {
    json_cursor cursor(text, max_depth);
    json_slice all;
    return cursor.value(all) && cursor.at_end();
}

json_slice json_member(std::string_view object, std::string_view key, unsigned max_depth) noexcept {
    json_cursor cursor(object, max_depth);
    json_slice found;
    std::string_view raw_key;
    bool done = false;
    if (!cursor.enter_object())
        return {};
    while (cursor.next_member(raw_key, done) && !done) {
        if (!cursor.value(found))
            return {};
        if (json_key_is(raw_key, key))
            return found;
    }
    return {};
}

json_slice json_optional(std::string_view object, std::string_view key, unsigned max_depth) noexcept {
    const json_slice found = json_member(object, key, max_depth);
    return found.kind == json_kind::null ? json_slice{} : found;
}

} // namespace vmcp
