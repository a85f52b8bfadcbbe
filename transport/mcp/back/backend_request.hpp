// One JSON-RPC request as it goes to a backend.
#pragma once

#include "transport/mcp/back/backend_guard.hpp"
#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/established.hpp"
#include "transport/mcp/back/exchange_action.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/credentials.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

using credential_ptr = std::shared_ptr<const vmcp::credential>;

// Views and pointers live until the request is over.
struct backend_request {
    std::string_view message{};        // a whole JSON-RPC request, valid
    std::string_view id{};             // slice of it
    std::string_view progress_token{}; // slice of it; empty: no progress is wanted
    std::string_view replaced{};       // slice of it that another text takes the place of; empty: none
    std::string_view replacement{};
    vmcp::surplus_slices surplus{}; // slices of it that stay here
    std::string_view method{};
    const header_list* headers = nullptr;       // of the client's call, besides those of every request
    vmcp::cancellation* cancellation = nullptr; // ends it early; may be null
    const vmcp::call* call = nullptr;           // the client's; null: a request of the gateway's own
    bool repeatable = false;                    // it changes nothing at the backend
    bool fresh = false;                         // over a connection that is made for it, and closed with it
    std::chrono::milliseconds timeout{30'000};  // for the request, and anew after each sign of progress
    std::optional<vmcp::steady_clock::time_point> until{}; // its end at first; none: `timeout` from now on
    credential_ptr with{}; // what the first attempt is sent with; null: it is asked for
    session_use session = session_use::current;
    const established* given = nullptr;    // session_use::given: that one
    std::string* new_session_id = nullptr; // session_use::none: receives the Mcp-Session-Id of the answer
    // Where they are not null: where redirects led the request to, empty where there was none, and the HTTP status of its
    // last answer.
    std::string* moved_to = nullptr;
    unsigned* status = nullptr;
    call_limit::place* place =
        nullptr; // that it has at the backend, given back while its client is asked; may be null
    // Where they are not null: what the last attempt met, written when the request fails; and the credential it was sent
    // with, whose secrets no text may show.
    call_facts* met = nullptr;
    credential_ptr* sent_with = nullptr;
};

} // namespace transport
