// What the sessions with one backend need from their surroundings.
#pragma once

#include "transport/http/via_chain.hpp"
#include "transport/mcp/back/backend_connections.hpp"
#include "transport/mcp/back/backend_guard.hpp"
#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/session_carrier.hpp"
#include "vmcp/catalog/session_lists_taker.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/credentials.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace transport {

// The same for all sessions of a backend. The atomics may be changed at any time, from any thread: what begins
// afterwards goes by the new value. No pointer is null, but for `via`.
struct backend_context {
    std::shared_ptr<backend_connections> connections{};
    std::shared_ptr<vmcp::credential_source> credentials{};
    std::shared_ptr<backend_guard> guard{};
    std::atomic<std::size_t> max_body{0}; // of one answer or event
    std::atomic<std::chrono::milliseconds> ask_timeout{};
    std::atomic<bool> progress_extends_deadline{true};
    std::atomic<bool> tells_words{false};              // errors.detail: clients read what the backend said
    std::atomic<std::size_t> max_list_entries{20'000}; // of all lists together
    std::atomic<std::size_t> max_list_bytes{16U << 20};
    // What a client is to call a resource of this backend that has changed, and that the backend calls by this URI.
    std::function<std::string(vmcp::client_session&, const std::string& uri)> expose_uri{};
    // Outlives this. Null: requests carry no Via, as those of `vmcp call`, which is no gateway.
    const via_chain* via = nullptr;
    // Who shows clients what their own sessions list; outlives this. Null: nobody, and nothing is read for it.
    vmcp::session_lists_taker* own_lists = nullptr;
    // Of clients' own sessions one reads its lists at a time.
    std::shared_ptr<call_limit> own_list_turns = std::make_shared<call_limit>(1, std::size_t{1} << 20);
    // What carries the messages of a session that is being made; empty: HTTP does. The session is not shared yet.
    std::function<std::shared_ptr<session_carrier>(session_core& session)> make_carrier{};
    // Each carrier costs a program: who has no session of its own uses the gateway's.
    bool carriers_are_dear = false;
    // When a session that is not of one client heard last that lists changed; the beginning of time: never.
    std::shared_ptr<std::atomic<vmcp::steady_clock::time_point>> everybody_told =
        std::make_shared<std::atomic<vmcp::steady_clock::time_point>>(vmcp::steady_clock::time_point::min());
    // Requests in flight, of clients and of the gateway's own.
    std::shared_ptr<call_limit> places = std::make_shared<call_limit>(1024, 1024);
    // Answers that the gateway gives backends by itself while calls hold all places, maybe for want of these answers.
    std::shared_ptr<call_limit> replies_beside = std::make_shared<call_limit>(4, std::size_t{1} << 16);
    // Sessions that are being ended: all may end at once.
    std::shared_ptr<call_limit> goodbyes = std::make_shared<call_limit>(64, std::size_t{1} << 20);

    // How long a GET stream stays open when nobody needs it any more: the next call of the client may be about to come.
    std::chrono::milliseconds stream_grace{10'000};
    // Lost sessions that are established again without a call: after a restart all may be.
    std::shared_ptr<call_limit> renewals = std::make_shared<call_limit>(4, std::size_t{1} << 20);

    // GET streams that nobody needs at the moment, of all backends that share this.
    std::shared_ptr<std::atomic<std::size_t>> unneeded_streams =
        std::make_shared<std::atomic<std::size_t>>(0);

    // The Via of a request to the backend that passes `call` on, or, where that is null, is the gateway's own.
    [[nodiscard]] std::string via_of(const vmcp::call* call) const {
        if (via == nullptr)
            return {};
        return call != nullptr ? via->passing_on(call->terms().via) : via->own(vmcp::steady_clock::now());
    }
    [[nodiscard]] const std::string& name() const noexcept { return connections->config().name; }
    // A failure as clients see it: whose it is, and whether it may be tried again; and, where the configuration says so,
    // `words`, which are what the backend said. One that says that the call was cancelled is nobody's.
    [[nodiscard]] vmcp::failure named(vmcp::failure why, std::string_view words = {}) const;
};

} // namespace transport
