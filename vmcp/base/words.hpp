// Small pieces of messages for people that many places write.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

namespace vmcp {

// "1 entry", "2 entries", "0 entries".
template <std::integral Number>
[[nodiscard]] std::string count_of(Number count, std::string_view one, std::string_view more) {
    return fmt::format("{} {}", count, count == 1 ? one : more);
}

// The same of nouns whose plural ends in -s.
template <std::integral Number>
[[nodiscard]] std::string count_of(Number count, std::string_view noun) {
    return count_of(count, noun, fmt::format("{}s", noun));
}

} // namespace vmcp
