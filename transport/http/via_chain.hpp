// Who is in front of this gateway: Via (RFC 9110 7.6.3) of the requests that come in, and of those that go out. A request
// that has been here already goes round in a circle.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// The pseudonyms of gateways of this kind in a Via value: `1.1 vmcp-0123, 1.0 proxy` names "vmcp-0123". What is no
// received-by of theirs is skipped; of more than 32 the last count.
[[nodiscard]] std::vector<std::string> gateways_in(std::string_view via);

// Thread-safe.
class via_chain {
public:
    using clock = std::chrono::steady_clock;

    // `instance` tells this gateway from others; the pseudonym is "vmcp-" and that.
    explicit via_chain(std::string_view instance);

    // False when the request came through this very gateway before. Gateways that it did come through are remembered for
    // a while: whatever this gateway asks on its own behalf, it asks on theirs too.
    [[nodiscard]] bool admit(std::string_view via, clock::time_point now);

    // The Via of a request that passes a client's request on, which had `received` (may be empty).
    [[nodiscard]] std::string passing_on(std::string_view received) const;
    // The Via of a request that the gateway makes by itself.
    [[nodiscard]] std::string own(clock::time_point now) const;

    [[nodiscard]] const std::string& pseudonym() const noexcept { return pseudonym_; }
    [[nodiscard]] std::string_view instance() const noexcept {
        return std::string_view(pseudonym_).substr(5);
    }

    static constexpr std::chrono::minutes remembered{10};
    static constexpr std::size_t most_remembered = 64;

private:
    const std::string pseudonym_;
    mutable std::mutex mutex_{};
    std::map<std::string, clock::time_point, std::less<>> in_front_{}; // and when each was last seen
};

// 64 random bits as hexadecimal digits, for gateways that were given no name.
[[nodiscard]] std::string random_instance();

} // namespace transport
