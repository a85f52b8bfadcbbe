// Whether one more call or event stream can begin.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "vmcp/base/result.hpp"

#include <optional>

namespace transport {

// Why the call that `counters` count already is one too many, or its answer could not be taken; nothing: it may begin.
[[nodiscard]] std::optional<vmcp::failure> no_room_for_call(const admitted_request& request,
                                                            const front_counters& counters);

// The same of an event stream that `counters` count already.
[[nodiscard]] std::optional<vmcp::failure> no_room_for_stream(const admitted_request& request,
                                                              const front_counters& counters);

} // namespace transport
