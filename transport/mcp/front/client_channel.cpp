#include "transport/mcp/front/client_channel.hpp"

namespace transport {

std::optional<vmcp::failure> no_room_in(const vmcp::memory_ledger* memory, std::size_t bytes) {
    if (memory == nullptr || memory->would_fit(vmcp::memory_class::notifications, bytes, bytes))
        return std::nullopt;
    return vmcp::fail(vmcp::errc::no_memory,
                      "the answer is too large to wait for its client now (limits.memory)");
}

} // namespace transport
