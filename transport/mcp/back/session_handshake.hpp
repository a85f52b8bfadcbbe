// How a session with a backend is established: initialize, notifications/initialized, and what the client had set before
// (MCP 2025-11-25, basic/lifecycle).
#pragma once

#include "transport/mcp/back/backend_guard.hpp"
#include "transport/mcp/back/reinitialization_pace.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

#include <memory>
#include <mutex>
#include <optional>

namespace transport {

struct session_core;

// Part of a session. On workers.
class session_handshake {
public:
    explicit session_handshake(session_core& session) : session_(session) {}

    // The established session; when there is none, one caller's wish has it established, with the header fields
    // `headers` of that caller's call, if any, and until that caller's deadline: it goes on in the background when the
    // caller is cancelled, as it must not be (basic/utilities/cancellation), and others wait for it.
    vmcp::awaitable<vmcp::result<session_state::session_ptr>> ensure(vmcp::steady_clock::time_point until,
                                                                     const header_list* headers = nullptr,
                                                                     vmcp::cancellation* control = nullptr);

    // The same without a handshake: `first`, if it answers a ping by then. False: it does not, or there is a session already.
    vmcp::awaitable<bool> take_over(const opened_session& first, vmcp::steady_clock::time_point until);

    // What the last attempt that failed met.
    [[nodiscard]] call_facts refusal() const;

private:
    vmcp::awaitable<void> establish(std::shared_ptr<session_core> whole, vmcp::steady_clock::time_point until,
                                    header_list headers);
    // The handshake, with the revision that is asked for or an older one that the backend takes.
    vmcp::awaitable<vmcp::result<established>> initialize(vmcp::steady_clock::time_point until,
                                                          const header_list& headers);
    // One attempt of it. `older` is set where it failed and an older revision may be taken.
    vmcp::awaitable<vmcp::result<established>> offer(vmcp::protocol_version version,
                                                     vmcp::steady_clock::time_point until,
                                                     const header_list& headers,
                                                     std::optional<vmcp::protocol_version>& older);
    vmcp::awaitable<vmcp::result<void>> confirm(const established& made, vmcp::protocol_version version,
                                                vmcp::steady_clock::time_point until,
                                                std::optional<vmcp::protocol_version>& older);
    vmcp::awaitable<void> replay(const established& in, vmcp::steady_clock::time_point until);
    void abandon(established made);
    void note_refusal(call_facts facts);
    void established_again();

    session_core& session_;
    mutable std::mutex mutex_{};
    call_facts refusal_{};
    reinitialization_pace pace_{};
};

} // namespace transport
