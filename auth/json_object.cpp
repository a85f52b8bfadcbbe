#include "auth/json_object.hpp"

#include "vmcp/base/json_text.hpp"

#include <algorithm>

namespace auth {
namespace {

using vmcp::json_cursor;
using vmcp::json_kind;
using vmcp::json_slice;
using member = std::pair<std::string, json_slice>;

constexpr std::string_view not_json = "it is no object of strict JSON, or is nested too deeply";
constexpr std::string_view twice = "it holds a member twice";

// A sorted copy of the names, because objects of key sets can have as many members as half a megabyte holds.
bool has_twin(const std::vector<member>& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& [name, value] : members)
        names.emplace_back(name);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// Walks one document once; nesting is bounded by the cursor, so recursion is too.
class reader {
public:
    reader(std::string_view text, unsigned depth) : text_(text), cursor_(text, depth) {}

    bool object(std::vector<member>& out) {
        std::string_view raw_name;
        bool done = false;
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(raw_name, done) && !done) {
            auto name = vmcp::unquoted(raw_name);
            json_slice slice;
            if (!name || !value(slice))
                return false;
            out.emplace_back(std::move(*name), slice);
        }
        twin_ = twin_ || has_twin(out);
        return !cursor_.failed();
    }

    [[nodiscard]] bool at_end() { return cursor_.at_end(); }
    [[nodiscard]] bool found_twin() const noexcept { return twin_; }

private:
    bool value(json_slice& out) {
        if (!cursor_.peek(out.kind))
            return false;
        const std::size_t start = cursor_.offset();
        if (out.kind == json_kind::object) {
            std::vector<member> ignored;
            if (!object(ignored))
                return false;
        } else if (out.kind == json_kind::array) {
            if (!array())
                return false;
        } else {
            return cursor_.value(out) && (out.kind != json_kind::string || is_text(out.raw));
        }
        out.raw = text_.substr(start, cursor_.offset() - start);
        return true;
    }

    bool array() {
        bool done = false;
        json_slice ignored;
        if (!cursor_.enter_array())
            return false;
        while (cursor_.next_element(done) && !done) {
            if (!value(ignored))
                return false;
        }
        return !cursor_.failed();
    }

    static bool is_text(std::string_view raw) {
        return raw.find("\\u") == std::string_view::npos || vmcp::unquoted(raw).has_value();
    }

    std::string_view text_;
    json_cursor cursor_;
    bool twin_ = false;
};

flaw wrong_type(std::string_view name, std::string_view wanted) {
    return flawed("'" + std::string(name) + "' is not " + std::string(wanted));
}

bool append_strings(std::string_view raw, std::vector<std::string>& out) {
    json_cursor cursor(raw);
    bool done = false;
    json_slice element;
    if (!cursor.enter_array())
        return false;
    while (cursor.next_element(done) && !done) {
        if (!cursor.value(element) || element.kind != json_kind::string)
            return false;
        out.push_back(vmcp::unquoted(element.raw).value());
    }
    return !cursor.failed();
}

} // namespace

parsed<json_object> json_object::parse(std::string_view text, unsigned depth) {
    json_object out;
    reader read(text, depth);
    if (!read.object(out.members_) || !read.at_end())
        return flawed(std::string(not_json));
    if (read.found_twin())
        return flawed(std::string(twice));
    return out;
}

json_slice json_object::find(std::string_view name) const noexcept {
    const auto at =
        std::find_if(members_.begin(), members_.end(), [&](const member& one) { return one.first == name; });
    return at == members_.end() ? json_slice{} : at->second;
}

parsed<std::optional<std::string>> json_object::string(std::string_view name) const {
    const auto slice = find(name);
    if (slice.empty())
        return std::optional<std::string>{};
    if (slice.kind != json_kind::string)
        return wrong_type(name, "a string");
    return vmcp::unquoted(slice.raw);
}

parsed<std::string> json_object::required_string(std::string_view name) const {
    auto value = string(name);
    if (!value)
        return value.error();
    if (!*value)
        return flawed("'" + std::string(name) + "' is missing");
    return std::move(**value);
}

parsed<std::optional<std::vector<std::string>>> json_object::strings(std::string_view name) const {
    const auto slice = find(name);
    std::vector<std::string> out;
    if (slice.empty())
        return std::optional<std::vector<std::string>>{};
    if (slice.kind != json_kind::array || !append_strings(slice.raw, out))
        return wrong_type(name, "an array of strings");
    return std::optional(std::move(out));
}

parsed<std::optional<std::vector<std::string>>> json_object::string_or_strings(std::string_view name) const {
    const auto slice = find(name);
    std::vector<std::string> out;
    if (slice.empty())
        return std::optional<std::vector<std::string>>{};
    if (slice.kind == json_kind::string)
        out.push_back(vmcp::unquoted(slice.raw).value());
    else if (slice.kind != json_kind::array || !append_strings(slice.raw, out))
        return wrong_type(name, "a string or an array of strings");
    return std::optional(std::move(out));
}

} // namespace auth
