// Which regular expressions JavaScript compiles.
#pragma once

#include <string_view>

namespace vmcp {

// Whether `new RegExp(pattern, "u")` takes it (ECMA-262, 22.2.1) in engines of any age: inline flags, sets of the "v" flag and
// properties of characters beyond the general categories, by their short names, are not counted on.
[[nodiscard]] bool is_ecma_pattern(std::string_view pattern);

} // namespace vmcp
