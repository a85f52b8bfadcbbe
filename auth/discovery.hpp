// Finding an issuer's metadata as a machine that asks for I/O: which URL next, and what came of it.
#pragma once

#include "auth/fetch.hpp"
#include "auth/provider_metadata.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace auth {

inline constexpr seconds rediscover_after{86'400};

struct discovery_step {
    enum class kind : std::uint8_t {
        fetch,  // get `url`, then call fetched()
        done,   // metadata() is new
        failed, // `problem` says what came from each place; metadata() is what it was
    };
    kind what = kind::failed;
    std::string url{};
    std::string problem{};
    friend bool operator==(const discovery_step&, const discovery_step&) = default;
};

// How to drive it: when due(), begin(), and fetched() for each URL it gives, until it says done or failed.
// Not thread-safe.
class discovery {
public:
    // `issuer` must have passed check_issuer().
    discovery(std::string issuer, bool allow_http) : issuer_(std::move(issuer)), allow_http_(allow_http) {}

    [[nodiscard]] discovery_step begin();
    [[nodiscard]] discovery_step fetched(const fetch_result& result, steady_time now);

    // Nothing is known, or what is known is a day old, or it was contradicted. Not sooner than a minute after
    // the last attempt that failed while something is known.
    [[nodiscard]] bool due(steady_time now) const;

    // What is known turned out to be wrong: the key set was not where it said.
    void contradicted() noexcept { stale_ = true; }

    [[nodiscard]] const std::optional<provider_metadata>& metadata() const noexcept { return metadata_; }

private:
    std::string issuer_;
    bool allow_http_;
    std::vector<std::string> urls_{};
    std::size_t at_ = 0;
    std::string problems_{};
    std::optional<provider_metadata> metadata_{};
    bool stale_ = false;
    steady_time found_at_{};
    std::optional<steady_time> failed_at_{};
};

} // namespace auth
