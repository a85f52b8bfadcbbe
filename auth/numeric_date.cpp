#include "auth/numeric_date.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace auth {
namespace {

constexpr double latest = 8'835'955'200; // 2250-01-01: within what a system clock in nanoseconds can hold

} // namespace

parsed<std::optional<wall_time>> numeric_date(const json_object& object, std::string_view name) {
    const auto slice = object.find(name);
    if (slice.empty())
        return std::optional<wall_time>{};
    double value = 0;
    const auto read = std::from_chars(slice.raw.data(), slice.raw.data() + slice.raw.size(), value);
    if (slice.kind != vmcp::json_kind::number || read.ec != std::errc{} ||
        read.ptr != slice.raw.data() + slice.raw.size() || !std::isfinite(value) || value < 0)
        return flawed("'" + std::string(name) + "' is no point in time");
    const std::chrono::duration<double> since(std::min(value, latest));
    return std::optional(wall_time(std::chrono::duration_cast<wall_time::duration>(since)));
}

} // namespace auth
