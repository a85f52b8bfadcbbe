// Which revision calls are sent to a backend in, and what makes that change. Decides and does nothing.
#pragma once

#include "health/moment.hpp"
#include "health/probe_machine.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/config/config.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace vmcp {

// How much what a backend said speaks for the other era. `none`: nothing. `weak`: it may as well be wrong with the call.
// `strong`: it names the other era.
enum class era_doubt : std::uint8_t { none, weak, strong };

// Of a JSON-RPC error that a backend with sessions answers a call with. (A backend of 2026-07-28 refuses a request without an
// envelope: basic/versioning, "Backward Compatibility".)
[[nodiscard]] era_doubt doubt_of_legacy_error(std::string_view raw_error) noexcept;

// Of a call that failed without having been executed: `in_handshake`: initialize was refused; `status`: of the refusal, 0: none;
// `words`: what it said.
[[nodiscard]] era_doubt doubt_of_legacy_failure(errc code, bool in_handshake, unsigned status,
                                                std::string_view words) noexcept;

// How to drive it: learned() with what probes prove; may_ask() before another probe is made for the sake of a doubt. Whoever
// asked calls learned(), with unknown where nothing was proved. Not thread-safe.
class era_choice {
public:
    explicit era_choice(backend_era setting) noexcept;

    // Never unknown where the definition says which; otherwise until something is proved.
    [[nodiscard]] health::era speaks() const noexcept { return speaks_; }
    [[nodiscard]] bool open() const noexcept { return open_; } // it is found out

    // A probe proved this; true: it is another one than before.
    bool learned(health::era proved) noexcept;

    // Whether a doubt is worth a probe now. One that was, and changed nothing, makes the next ones rare.
    [[nodiscard]] bool may_ask(era_doubt how, health::steady_time now) noexcept;
    // As of a doubt that was followed.
    void asked(bool changed, health::steady_time now) noexcept;

    static constexpr std::chrono::milliseconds rest_after_strong{500};
    static constexpr std::chrono::milliseconds rest_after_weak{30'000};

private:
    const bool open_;
    health::era speaks_;
    health::steady_time last_in_vain_ = health::steady_time::min();
};

} // namespace vmcp
