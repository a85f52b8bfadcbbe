// One request of a client on its way through the gateway. Fronts make it; the core and backs read it; nothing here
// knows how either side writes it on a wire.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/trace_context.hpp"
#include "vmcp/model/version.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// `legacy`: revisions with an initialize handshake and sessions. `modern`: stateless revisions (2026-07-28).
enum class era : std::uint8_t { legacy, modern };

// What it means when the client's connection ends before the answer: nothing in revisions with resumable streams (MCP
// 2025-11-25, basic/transports, "Sending Messages to the Server"), the end of the call in stateless ones.
enum class on_disconnect : std::uint8_t { run_on, cancel };

// What of a call does not change. Everything a back needs to know of the client is in here, so that a call can outlive
// the HTTP request that brought it, and even the client's session.
struct call_terms {
    era spoken = era::legacy;
    protocol_version version = latest_version;
    std::shared_ptr<const caller> from{};             // never null
    std::shared_ptr<const client_capabilities> can{}; // never null; of the session, or of this very request
    std::shared_ptr<client_session> session{};        // null: the client has none
    log_level level = log_level::unset; // asked for with this very request, where there is no session
    on_disconnect when_gone = on_disconnect::run_on;
    steady_clock::time_point deadline = steady_clock::time_point::max();
    // Allow-listed header fields of the client's HTTP request, for the backend.
    std::vector<std::pair<std::string, std::string>> headers{};
    // Via of that request as it came (RFC 9110 7.6.3): who passed it on before. Empty: nobody did.
    std::string via{};
    trace_context trace{}; // of the span that stands for this call; unknown: it is not traced
    // The answers to questions that were never asked here, which a stateless client gave with its call (MCP 2026-07-28,
    // basic/patterns/mrtr): a raw JSON object for the backend, or empty.
    std::string input_responses{};
};

// Belongs to its executor, but for cancel().
class call final : public cancellation {
public:
    // `request` is a view: its text must live until the exchange has ended, or keep_bytes() must be called first.
    call(const message& request, call_terms terms, any_io_executor ex);

    [[nodiscard]] const message& request() const noexcept { return request_; }
    [[nodiscard]] const call_terms& terms() const noexcept { return terms_; }

    // From now on the call owns the text of its request. To be called before anybody else holds slices of it.
    void keep_bytes();

    // The backend that the call went to; empty while it went to none. For logs.
    void went_to(std::string backend) { backend_ = std::move(backend); }
    [[nodiscard]] const std::string& backend() const noexcept { return backend_; }

    // Whether a notifications/message of this raw level literal is for the client.
    [[nodiscard]] bool wants_log(std::string_view raw_level) const noexcept;

private:
    std::string bytes_{}; // empty while they are somebody else's
    message request_;
    const call_terms terms_;
    std::string backend_{};
};

} // namespace vmcp
