#include "vmcp/telemetry/sampler.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

namespace vmcp {
namespace {

// xoshiro256++ (Blackman, Vigna): some nanoseconds for a number, 32 bytes of state.
class fast_dice {
public:
    fast_dice() {
        std::random_device seed;
        for (auto& one : state_)
            one = (std::uint64_t{seed()} << 32U) | seed();
        state_[0] |= 1U; // never all zero
    }
    std::uint64_t operator()() noexcept {
        const auto out = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const auto shifted = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return out;
    }

private:
    std::array<std::uint64_t, 4> state_{};
};

void write_bytes(std::uint64_t number, std::uint8_t* to) noexcept {
    for (int i = 7; i >= 0; --i) {
        to[i] = static_cast<std::uint8_t>(number);
        number >>= 8U;
    }
}

} // namespace

bool is_sampled(const std::array<std::uint8_t, 16>& trace_id, double ratio) noexcept {
    if (ratio >= 1)
        return true;
    std::uint64_t random = 0;
    for (std::size_t i = 9; i < trace_id.size(); ++i)
        random = random << 8U | trace_id[i];
    constexpr int bits = 56;
    return static_cast<double>(random) < std::ldexp(std::max(ratio, 0.0), bits);
}

std::uint64_t random_id() {
    thread_local fast_dice dice;
    for (;;)
        if (const auto out = dice(); out != 0)
            return out;
}

trace_context next_context(const trace_context& parent, const sampling& by) {
    trace_context out;
    if (parent.known()) {
        out.trace_id = parent.trace_id;
        out.state = parent.state;
    } else {
        write_bytes(random_id(), out.trace_id.data());
        write_bytes(random_id(), out.trace_id.data() + 8);
    }
    write_bytes(random_id(), out.span_id.data());
    out.sampled = parent.known() && by.parent_decides ? parent.sampled : is_sampled(out.trace_id, by.ratio);
    return out;
}

} // namespace vmcp
