// Fuzzes the JSON cursor against nlohmann-json: same verdict but for that parser's known differences, and the
// same strings and structure where both accept.
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using vmcp::json_cursor;
using vmcp::json_kind;
using vmcp::json_slice;

constexpr unsigned depth = 128;

void check(bool holds) {
    if (!holds)
        std::abort();
}

// What nlohmann-json refuses although RFC 8259 allows it.
struct quirks {
    bool lone_surrogate = false;
    bool huge_number = false;
};

// Walks a document that the cursor accepted, checks that every slice lies within it and comes in order.
class walker {
public:
    walker(std::string_view text, quirks& found) : cursor_(text, depth), text_(text), found_(found) {}

    void walk() {
        json_kind kind{};
        check(cursor_.peek(kind));
        switch (kind) {
        case json_kind::object:
            return walk_object();
        case json_kind::array:
            return walk_array();
        case json_kind::string:
        case json_kind::number:
        case json_kind::boolean:
        case json_kind::null:
            break;
        }
        json_slice value;
        check(cursor_.value(value));
        check(value.kind == kind);
        inside(value.raw);
        check(last_ == cursor_.offset());
        if (kind == json_kind::string)
            string(value.raw);
        if (kind == json_kind::number) {
            const double number = std::strtod(std::string(value.raw).c_str(), nullptr);
            found_.huge_number |= number > 1.7976931348623157e308 || number < -1.7976931348623157e308;
        }
    }

    void finish() { check(cursor_.at_end() && !cursor_.failed()); }

private:
    void walk_object() {
        check(cursor_.enter_object());
        std::string_view key;
        bool done = false;
        for (;;) {
            check(cursor_.next_member(key, done));
            if (done)
                return;
            inside(key);
            string(key);
            walk();
        }
    }

    void walk_array() {
        check(cursor_.enter_array());
        bool done = false;
        for (;;) {
            check(cursor_.next_element(done));
            if (done)
                return;
            walk();
        }
    }

    void inside(std::string_view slice) {
        check(!slice.empty() && slice.data() >= text_.data() + last_);
        last_ = static_cast<std::size_t>(slice.data() - text_.data()) + slice.size();
        check(last_ <= text_.size() && last_ <= cursor_.offset());
    }

    void string(std::string_view raw) {
        check(raw.size() >= 2 && raw.front() == '"' && raw.back() == '"');
        const auto text = vmcp::unquoted(raw);
        if (!text) {
            found_.lone_surrogate = true;
            return;
        }
        check(vmcp::json_key_is(raw, *text));
        check(vmcp::unquoted(vmcp::quoted(std::string_view(*text))) == text);
        const auto other = nlohmann::json::parse(raw, nullptr, false);
        check(other.is_string() && other.get_ref<const std::string&>() == *text);
    }

    json_cursor cursor_;
    std::string_view text_;
    quirks& found_;
    std::size_t last_ = 0;
};

// Bounds the recursion of nlohmann-json's destructor and tells a depth refusal from a syntax error.
bool may_be_deep(std::string_view text) {
    std::size_t open = 0;
    for (const char c : text)
        open += c == '[' || c == '{';
    return open > depth;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool ours = vmcp::json_valid(text, depth);
    if (ours) {
        quirks found;
        walker all(text, found);
        all.walk();
        all.finish();
        check(found.lone_surrogate || found.huge_number || nlohmann::json::accept(text));
        return 0;
    }
    // nlohmann-json takes NUL for the end and skips a byte order mark.
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF") || may_be_deep(text))
        return 0;
    check(!nlohmann::json::accept(text));
    return 0;
}
