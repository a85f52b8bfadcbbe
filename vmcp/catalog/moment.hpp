// Dates with a time of day, as RFC 3339 writes them.
#pragma once

#include <string_view>

namespace vmcp {

// YYYY-MM-DDTHH:MM:SS[.fraction] with Z or an offset in hours and minutes, of a day that exists. Leap seconds and small letters,
// which readers refuse, are none.
[[nodiscard]] bool is_moment(std::string_view text) noexcept;

} // namespace vmcp
