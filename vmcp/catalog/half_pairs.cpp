#include "vmcp/catalog/half_pairs.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <algorithm>
#include <optional>

namespace vmcp {
namespace {

bool may_have_any(std::string_view json) noexcept {
    for (std::size_t at = json.find("\\u"); at != std::string_view::npos; at = json.find("\\u", at + 2))
        if (at + 2 < json.size() && lower(json[at + 2]) == 'd')
            return true;
    return false;
}

// A \uXXXX at `at` that is one half of a pair: 1 the first, 2 the second one, 0 anything else.
int half_at(std::string_view raw, std::size_t at) noexcept {
    if (raw.substr(at, 2) != "\\u" || at + 6 > raw.size() || lower(raw[at + 2]) != 'd')
        return 0;
    const int digit = hex_value(raw[at + 3]);
    return digit < 8 ? 0 : digit < 12 ? 1 : 2;
}

// A string literal with U+FFFD in place of each half; nothing where it has none.
std::optional<std::string> without_halves(std::string_view raw) {
    if (!may_have_any(raw) || unquoted(raw))
        return std::nullopt;
    std::string out;
    for (std::size_t at = 0; at < raw.size();) {
        const int half = half_at(raw, at);
        const bool pair = half == 1 && half_at(raw, at + 6) == 2;
        const std::size_t length = pair ? 12 : half != 0 ? 6 : raw[at] == '\\' ? 2 : 1;
        out.append(half != 0 && !pair ? std::string_view("\\ufffd") : raw.substr(at, length));
        at += length;
    }
    return out;
}

class finder {
public:
    explicit finder(std::string_view json) : json_(json), cursor_(json, list_json_depth) {}

    half_pairs run() {
        walk({}, false);
        if (!out_.beyond.empty())
            return {.beyond = std::move(out_.beyond)};
        if (copied_ != 0)
            out_.mended.append(json_.substr(copied_));
        return std::move(out_);
    }

private:
    // One value; `key` is the raw key of the member it is or is in.
    bool walk(std::string_view key, bool for_people) {
        json_kind kind{};
        json_slice value;
        bool done = false;
        if (!cursor_.peek(kind))
            return false;
        if (kind == json_kind::array) {
            if (!cursor_.enter_array())
                return false;
            while (cursor_.next_element(done) && !done)
                if (!walk(key, false))
                    return false;
            return done;
        }
        if (kind == json_kind::object)
            return walk_object();
        if (!cursor_.value(value))
            return false;
        if (kind == json_kind::string)
            take(key, value.raw, for_people);
        return true;
    }

    bool walk_object() {
        std::string_view key;
        bool done = false;
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(key, done) && !done) {
            take(key, key, false);
            if (!walk(key, json_key_is(key, "description") || json_key_is(key, "title")))
                return false;
        }
        return done;
    }

    void take(std::string_view key, std::string_view raw, bool for_people) {
        const auto whole = without_halves(raw);
        if (!whole)
            return;
        if (!for_people) {
            if (out_.beyond.empty())
                out_.beyond = key;
            return;
        }
        const auto at = static_cast<std::size_t>(raw.data() - json_.data());
        out_.mended.append(json_.substr(copied_, at - copied_)).append(*whole);
        copied_ = at + raw.size();
    }

    std::string_view json_;
    json_cursor cursor_;
    std::size_t copied_ = 0;
    half_pairs out_{};
};

} // namespace

half_pairs find_half_pairs(std::string_view json) {
    return may_have_any(json) ? finder(json).run() : half_pairs{};
}

} // namespace vmcp
