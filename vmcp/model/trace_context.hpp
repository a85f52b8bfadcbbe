// Which trace a request belongs to (W3C Trace Context, https://www.w3.org/TR/trace-context/).
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vmcp {

// Ids are bytes in network order; all zero: there is none.
struct trace_context {
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{}; // of the span that is the parent of what follows
    bool sampled = false;
    std::string state{}; // `tracestate`, as it came; at most 512 bytes
    [[nodiscard]] bool known() const noexcept { return trace_id != std::array<std::uint8_t, 16>{}; }
    friend bool operator==(const trace_context&, const trace_context&) = default;
};

} // namespace vmcp
