// The way back to a client for the messages of one of its calls, whatever transport carries them.
#pragma once

#include "vmcp/base/gather.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// The HTTP status of an answer that tells of this failure: most are results of a request that was fine.
[[nodiscard]] constexpr unsigned status_of(vmcp::errc code) noexcept {
    switch (code) {
    case vmcp::errc::forbidden: // a policy says no, as ToolHive does it
        return 403;
    case vmcp::errc::capability_required: // MCP 2026-07-28, basic, "Client capabilities"
        return 400;
    default:
        return 200;
    }
}

// On the worker of the call. It lives as long as the call runs.
class client_channel {
public:
    virtual ~client_channel() = default;

    // A notification of the call. Returns when there is room for the next.
    virtual vmcp::awaitable<void> notify(const vmcp::gather& message) = 0;
    // Fails when the client cannot be asked on this way.
    virtual vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& request) = 0;
    // The client may leave for now and come back, where its transport knows such a thing.
    virtual void pause() = 0;
    // A response message, whole. `status` is the HTTP status, where the response has one of its own.
    virtual vmcp::awaitable<void> respond(const vmcp::gather& response, unsigned status) = 0;
    // The response of a call that could not even be begun, or whose answer has no room.
    virtual vmcp::awaitable<void> refuse(const vmcp::failure& why, std::string_view text) = 0;
    // Why a response of that size cannot wait for the client to read it; nothing: it can.
    [[nodiscard]] virtual std::optional<vmcp::failure> no_room_for(std::size_t bytes) const = 0;
    // Of the HTTP request that brought the call.
    [[nodiscard]] virtual const std::string& request_id() const noexcept = 0;
};

// What no_room_for() says of a response that waits on an event stream. `memory` may be null, which bounds nothing.
[[nodiscard]] std::optional<vmcp::failure> no_room_in(const vmcp::memory_ledger* memory, std::size_t bytes);

} // namespace transport
