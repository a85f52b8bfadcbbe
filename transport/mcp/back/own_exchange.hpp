// A request of the gateway's own over an established session, and its answer.
#pragma once

#include "transport/mcp/back/backend_request.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace transport {

struct session_core;

// How a request of the gateway's own is made. Pointers may be null.
struct own_terms {
    std::chrono::milliseconds timeout{30'000};
    vmcp::cancellation* cancellation = nullptr; // ends it early
    call_facts* met = nullptr;                  // told what the last attempt met, if it fails
    credential_ptr* sent_with = nullptr;        // whose secrets no text may show
};

// Gives the `result`, or the backend's error as a failure. On a worker; keeps the session alive.
[[nodiscard]] vmcp::awaitable<vmcp::result<std::string>>
exchange_own(std::shared_ptr<session_core> in, std::string_view method, std::string params, own_terms terms);

} // namespace transport
