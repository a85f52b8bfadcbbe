// Ids of traces and spans, and which traces are kept (https://opentelemetry.io/docs/specs/otel/trace/sdk/, "Sampling").
#pragma once

#include "vmcp/model/trace_context.hpp"
#include "vmcp/telemetry/telemetry_settings.hpp"

#include <cstdint>

namespace vmcp {

// Whether a trace of this id is among the share that is kept: of one trace each party that knows the ratio says the same, because
// the last 56 bits of an id are random (W3C Trace Context Level 2, 3.2.2.3.1). Pure.
[[nodiscard]] bool is_sampled(const std::array<std::uint8_t, 16>& trace_id, double ratio) noexcept;

// Numbers for ids: nobody has to fail to guess them. Of the thread's own generator; never zero.
[[nodiscard]] std::uint64_t random_id();

// The context of a new span below `parent`, or of the first one of a new trace where that is not known.
[[nodiscard]] trace_context next_context(const trace_context& parent, const sampling& by);

} // namespace vmcp
