// Walks strict JSON (RFC 8259) once and hands out slices of the original bytes; it validates all it skips and
// never allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vmcp {

enum class json_kind : std::uint8_t { object, array, string, number, boolean, null };

// One value as it stands in the source: `raw` includes the quotes of a string.
struct json_slice {
    std::string_view raw{};
    json_kind kind = json_kind::null;

    [[nodiscard]] bool empty() const noexcept { return raw.empty(); }
};

// Nesting beyond this is refused unless a caller asks for another bound; bodies of real servers stay far
// below.
inline constexpr unsigned default_json_depth = 64;
// For text whose depth was checked when it was read.
inline constexpr unsigned any_depth = static_cast<unsigned>(-1);

// A cursor over one document. Every function returns false at the first error, and from then on always;
// `offset()` then is the place of it. UTF-8 is checked (RFC 3629); lone surrogate escapes are let through, as
// RFC 8259 section 8.2 allows. Slices point into the text given to the constructor and live as long as that
// does.
class json_cursor {
public:
    explicit json_cursor(std::string_view text, unsigned max_depth = default_json_depth) noexcept
        : begin_(text.data())
        , at_(text.data())
        , end_(text.data() + text.size())
        , max_depth_(max_depth) {}

    // The kind of the next value, without consuming it. False at the end or at a character that starts no
    // value.
    [[nodiscard]] bool peek(json_kind& kind) noexcept;

    // Consumes one whole value.
    [[nodiscard]] bool value(json_slice& out) noexcept;

    // Consumes '{'. Then next_member() yields each key (raw, with quotes) until it returns true with `done`;
    // after each key the caller consumes exactly one value, by value() or by entering it.
    [[nodiscard]] bool enter_object() noexcept;
    [[nodiscard]] bool next_member(std::string_view& raw_key, bool& done) noexcept;

    // Consumes '['. Then next_element() says whether a value follows (`done` false: consume it) or the array
    // ended.
    [[nodiscard]] bool enter_array() noexcept;
    [[nodiscard]] bool next_element(bool& done) noexcept;

    // Only white space is left.
    [[nodiscard]] bool at_end() noexcept;

    [[nodiscard]] std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    bool fail() noexcept {
        failed_ = true;
        return false;
    }
    void skip_space() noexcept;
    bool skip_string() noexcept;
    bool skip_escape() noexcept;
    bool skip_utf8() noexcept;
    bool skip_number() noexcept;
    bool skip_literal(std::string_view word) noexcept;
    bool skip_scalar(json_kind kind) noexcept;
    bool skip_container() noexcept;
    bool enter(char open) noexcept;
    bool next(char close, bool& done) noexcept;

    const char* begin_;
    const char* at_;
    const char* end_;
    unsigned max_depth_;
    unsigned depth_ = 0;
    bool first_ = false; // right behind '{' or '['
    bool failed_ = false;
};

// The whole text is one JSON value, nothing but white space around it.
[[nodiscard]] bool json_valid(std::string_view text, unsigned max_depth = default_json_depth) noexcept;

// Looks up one member of an object: the value of the first member called `key` (compared after unescaping),
// or an empty slice when `object` is no object, is malformed, or has no such member.
[[nodiscard]] json_slice json_member(std::string_view object, std::string_view key,
                                     unsigned max_depth = default_json_depth) noexcept;

// The same for a member that MCP lets be absent: many servers write all members of a type and null for those that are
// not set, so null is an empty slice too.
[[nodiscard]] json_slice json_optional(std::string_view object, std::string_view key,
                                       unsigned max_depth = default_json_depth) noexcept;

} // namespace vmcp
