// One HTTP request of a session whose answer says no more than its status: a notification, an answer, a goodbye.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/established.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

struct plain_request {
    std::string_view method = "POST";
    std::string body{}; // empty: none
    // A backend that cannot be connected to for so long is given up, also where there is more time for its answer.
    std::optional<std::chrono::milliseconds> connect_within{};
    call_facts* met = nullptr; // is told of a failure for want of a credential
};

// The HTTP status; a failure where none came until `until`. Sent again, once each, over a new connection when an idle one
// was stale, and with another credential when the backend refused the first and there is one: it may arrive twice.
// On a worker; the references must outlive the coroutine.
[[nodiscard]] vmcp::awaitable<vmcp::result<unsigned>>
exchange_plainly(const backend_context& context, const session_identity& as, const established& session,
                 const plain_request& request, vmcp::steady_clock::time_point until);

} // namespace transport
