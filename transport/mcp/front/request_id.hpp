// What one HTTP request is called in the log, in the answer (X-Request-Id) and in errors, so that a person can find the one
// by the other.
#pragma once

#include "vmcp/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace transport {

inline constexpr std::string_view request_id_header = "X-Request-Id";

// Thread-safe.
class request_ids {
public:
    // `instance` tells this gateway from others.
    explicit request_ids(std::string_view instance) : prefix_(std::string(instance.substr(0, 8)) + "-") {}

    // The client's own, where it has one of up to 64 letters, digits, dots, hyphens and underscores; else a new one.
    [[nodiscard]] std::string id_for(std::string_view given);

private:
    const std::string prefix_;
    std::atomic<std::uint64_t> next_{1};
};

// The failure with the id in its data (`requestId`), where the data is an object or empty.
[[nodiscard]] vmcp::failure with_request_id(vmcp::failure why, std::string_view id);

} // namespace transport
