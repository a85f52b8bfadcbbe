#include "vmcp/catalog/json_parts.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <algorithm>
#include <iterator>

namespace vmcp {

std::vector<json_part> members_of(std::string_view object) {
    std::vector<json_part> out;
    json_cursor cursor(object, list_json_depth);
    bool done = false;
    if (!cursor.enter_object())
        return out;
    for (json_part m; cursor.next_member(m.key, done) && !done && cursor.value(m.value);)
        out.push_back(m);
    return out;
}

std::vector<json_slice> elements_of(std::string_view array) {
    std::vector<json_slice> out;
    json_cursor cursor(array, list_json_depth);
    bool done = false;
    json_slice value;
    if (!cursor.enter_array())
        return out;
    while (cursor.next_element(done) && !done && cursor.value(value))
        out.push_back(value);
    return out;
}

bool is_empty(const json_slice& container) {
    return container.raw.substr(1, container.raw.size() - 2).find_first_not_of(" \t\r\n") ==
           std::string_view::npos;
}

void object_text::put(const json_part& m, const json_change& now) {
    changed_ = changed_ || now;
    parts_.push_back({std::string(m.key), now ? *now : std::string(m.value.raw)});
}

void object_text::add(std::string_view key, std::string value) {
    changed_ = true;
    parts_.push_back({quoted(key), std::move(value)});
}

void object_text::take(object_text&& other) {
    changed_ = changed_ || other.changed_;
    std::ranges::move(other.parts_, std::back_inserter(parts_));
}

bool object_text::has(std::string_view key) const {
    return std::ranges::any_of(parts_, [&](const part& p) { return json_key_is(p.key, key); });
}

json_change object_text::text() const {
    if (!changed_)
        return std::nullopt;
    std::string out = "{";
    for (const auto& p : parts_)
        out.append(out.size() == 1 ? "" : ",").append(p.key).append(":").append(p.value);
    return out + "}";
}

void array_text::put(const json_slice& element, const json_change& now) {
    changed_ = changed_ || now;
    text_.append(text_.empty() ? "[" : ",").append(now ? *now : std::string(element.raw));
}

json_change array_text::text() const {
    return changed_ ? json_change(text_ + "]") : std::nullopt;
}

} // namespace vmcp
