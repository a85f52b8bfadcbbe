#include "auth/cedar/json_value.hpp"

#include "vmcp/base/json_text.hpp"

#include <utility>

namespace auth {
namespace {

std::optional<cedar_value> convert(const vmcp::json_slice& json, number_mapping numbers, unsigned depth);

cedar_value record_of(std::string_view object, number_mapping numbers, unsigned depth) {
    cedar_record record;
    for (auto& [key, value] : members_of(object).value_or(std::vector<json_named>{})) {
        if (auto made = convert(value, numbers, depth))
            record.fields.push_back({std::move(key), std::move(*made)});
    }
    return {std::move(record)};
}

cedar_value set_of(std::string_view array, number_mapping numbers, unsigned depth) {
    cedar_set set;
    for (const auto& element : elements_of(array)) {
        if (auto made = convert(element, numbers, depth))
            set.items.push_back(std::move(*made));
    }
    return {std::move(set)};
}

// `depth` is how many arrays and objects are around the value.
std::optional<cedar_value> convert(const vmcp::json_slice& json, number_mapping numbers, unsigned depth) {
    if (depth > cedar_nesting)
        return std::nullopt;
    switch (json.kind) {
    case vmcp::json_kind::null:
        return std::nullopt;
    case vmcp::json_kind::boolean:
        return cedar_value{json.raw == "true"};
    case vmcp::json_kind::number:
        return cedar_number(json.raw, numbers);
    case vmcp::json_kind::string:
        if (auto text = vmcp::unquoted(json.raw))
            return cedar_value{std::move(*text)};
        return std::nullopt;
    case vmcp::json_kind::array:
        return set_of(json.raw, numbers, depth + 1);
    case vmcp::json_kind::object:
        return record_of(json.raw, numbers, depth + 1);
    }
    return std::nullopt;
}

} // namespace

std::optional<cedar_value> cedar_value_of(const vmcp::json_slice& json, number_mapping numbers) {
    return convert(json, numbers, 0);
}

std::optional<std::vector<json_named>> members_of(std::string_view object) {
    vmcp::json_cursor cursor(object);
    std::vector<json_named> members;
    if (!cursor.enter_object())
        return std::nullopt;
    while (true) {
        std::string_view raw_key;
        bool done = false;
        if (!cursor.next_member(raw_key, done))
            return std::nullopt;
        if (done)
            break;
        vmcp::json_slice value;
        if (!cursor.value(value))
            return std::nullopt;
        if (auto key = vmcp::unquoted(raw_key))
            members.push_back({std::move(*key), value});
    }
    if (!cursor.at_end())
        return std::nullopt;
    return members;
}

std::vector<vmcp::json_slice> elements_of(std::string_view array) {
    vmcp::json_cursor cursor(array);
    std::vector<vmcp::json_slice> elements;
    bool done = !cursor.enter_array();
    while (!done && cursor.next_element(done) && !done) {
        vmcp::json_slice element;
        if (!cursor.value(element))
            break;
        elements.push_back(element);
    }
    return elements;
}

} // namespace auth
