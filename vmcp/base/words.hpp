// Small pieces of messages for people that many places write.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

namespace vmcp {

// "1 problem", "2 problems", "0 problems"; for nouns whose plural ends in -s.
template <std::integral Number>
[[nodiscard]] std::string count_of(Number count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace vmcp
