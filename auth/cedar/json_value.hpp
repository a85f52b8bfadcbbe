// JSON values of claims and arguments as Cedar values, from the bytes that came.
#pragma once

#include "auth/cedar/numbers.hpp"
#include "auth/cedar/values.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace auth {

// Arrays and objects in arrays and objects; what is nested deeper is left out.
inline constexpr unsigned cedar_nesting = 10;

// The value, where arrays become sets and objects records. Nothing for what has no counterpart: null, text
// without a UTF-8 form, numbers that are too large; inside of arrays and objects such values are left out.
// `json` has been validated.
[[nodiscard]] std::optional<cedar_value> cedar_value_of(const vmcp::json_slice& json, number_mapping numbers);

// A member of a JSON object; the key is unescaped.
struct json_named {
    std::string key{};
    vmcp::json_slice value{};
};

// The members in their order. Those whose key has no UTF-8 form are left out. Nothing when `object` is no
// JSON object.
[[nodiscard]] std::optional<std::vector<json_named>> members_of(std::string_view object);

// The elements of an array; none when `array` is no JSON array.
[[nodiscard]] std::vector<vmcp::json_slice> elements_of(std::string_view array);

} // namespace auth
