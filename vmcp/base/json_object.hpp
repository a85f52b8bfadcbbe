// What becomes of an object of JSON when members are taken out of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vmcp {

// `object` without the members whose name (decoded) `drop` is true for; what stays is spelled as it was. What is no object comes
// out as it is.
[[nodiscard]] std::string without_members(std::string_view object,
                                          const std::function<bool(std::string_view name)>& drop);

} // namespace vmcp
