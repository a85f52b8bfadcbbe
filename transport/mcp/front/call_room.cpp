#include "transport/mcp/front/call_room.hpp"

#include <cstddef>

namespace transport {

using vmcp::errc;
using vmcp::fail;

std::optional<vmcp::failure> no_room_for_call(const admitted_request& request,
                                              const front_counters& counters) {
    constexpr std::size_t least_answer = 4096;
    if (counters.in_flight > request.settings->max_in_flight)
        return fail(errc::too_many_requests);
    if (const auto* memory = request.http.connection.home().memory();
        memory != nullptr && !memory->would_fit(vmcp::memory_class::answers, least_answer, least_answer))
        return fail(errc::no_memory, "no answer could be taken (limits.memory)");
    return std::nullopt;
}

std::optional<vmcp::failure> no_room_for_stream(const admitted_request& request,
                                                const front_counters& counters) {
    if (counters.streams > request.settings->max_streams)
        return fail(errc::too_many_requests, "too many event streams (limits.maxStreams)");
    return std::nullopt;
}

} // namespace transport
