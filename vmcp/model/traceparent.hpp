// The fields of W3C Trace Context (https://www.w3.org/TR/trace-context/) as text. Pure.
#pragma once

#include "vmcp/model/trace_context.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

inline constexpr std::string_view traceparent_field = "traceparent";
inline constexpr std::string_view tracestate_field = "tracestate";

// What `traceparent` says (section 3.2), without a state; nothing where it is malformed, and a new trace begins then. Of
// versions to come the fields of version 00 are read, as section 4.3 asks for.
[[nodiscard]] std::optional<trace_context> read_traceparent(std::string_view text) noexcept;

// In version 00, whatever version it came in. `context` is known.
[[nodiscard]] std::string traceparent_text(const trace_context& context);

inline constexpr std::size_t most_tracestate_members = 32;
inline constexpr std::size_t most_tracestate_bytes = 512;

// The members of `tracestate` (section 3.3), all lines of it joined by commas, as they go on: without white space around
// them, and from the right as few as fit into the bounds. Empty where one of them is malformed or one stands twice: then
// none is passed on.
[[nodiscard]] std::string read_tracestate(std::string_view text);

// Lower case, as logs and collectors spell ids.
[[nodiscard]] std::string hex_text(const std::array<std::uint8_t, 16>& id);
[[nodiscard]] std::string hex_text(const std::array<std::uint8_t, 8>& id);

} // namespace vmcp
