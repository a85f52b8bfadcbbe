// How long to wait before the next attempt to connect.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace transport {

class reconnect_pace {
public:
    static constexpr std::chrono::milliseconds first{50};
    static constexpr std::chrono::milliseconds most{2'000};

    // `dice`: a random number. Doubles from attempt to attempt, and lies between half of that and all of it, so that replicas
    // that lost the same server do not come back at the same moment.
    [[nodiscard]] std::chrono::milliseconds next(std::uint32_t dice) noexcept {
        const auto whole = pause_;
        pause_ = std::min(pause_ * 2, most);
        const auto half = whole / 2;
        return half + std::chrono::milliseconds(dice % static_cast<std::uint32_t>(half.count() + 1));
    }
    void connected() noexcept { pause_ = first; }

private:
    std::chrono::milliseconds pause_ = first;
};

} // namespace transport
