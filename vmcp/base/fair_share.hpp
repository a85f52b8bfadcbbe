// How many of something one of many may have where nothing else is said.
#pragma once

#include <cstddef>

namespace vmcp {

// All but a tenth, which is left to others; of few all, as a tenth would help nobody.
[[nodiscard]] constexpr std::size_t usual_share(std::size_t of_all) noexcept {
    constexpr std::size_t few = 1'000;
    return of_all < few ? of_all : of_all - of_all / 10;
}

} // namespace vmcp
