#include "vmcp/base/json_object.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

namespace vmcp {

std::string without_members(std::string_view object, const std::function<bool(std::string_view)>& drop) {
    json_cursor cursor(object, any_depth);
    if (!cursor.enter_object())
        return std::string(object);
    std::string out = "{";
    std::string_view key;
    json_slice value;
    bool done = false;
    while (cursor.next_member(key, done) && !done && cursor.value(value)) {
        if (drop(unquoted(key).value_or("")))
            continue;
        out.append(out.size() > 1 ? "," : "").append(key).append(":").append(value.raw);
    }
    return out + "}";
}

} // namespace vmcp
