// Points in time as JSON Web Tokens write them (RFC 7519 section 2, NumericDate).
#pragma once

#include "auth/json_object.hpp"
#include "auth/time.hpp"

#include <optional>

namespace auth {

// Seconds since 1970, possibly with a fraction. Absent: success without a value. A flaw when the member is no
// number, is negative, or is too large for any computer. Dates after the year 2250 are taken for that year.
[[nodiscard]] parsed<std::optional<wall_time>> numeric_date(const json_object& object, std::string_view name);

} // namespace auth
