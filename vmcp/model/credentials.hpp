// What a request to a backend proves who it is with: made for one backend, and for one caller where the backend must
// know whose agent calls.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// A request to a backend, as a signature covers it. Views live until sign() returns.
struct signable_request {
    std::string_view method{};       // of HTTP
    std::string_view authority{};    // the value of Host
    std::string_view target{};       // path and query
    std::string_view content_type{}; // empty: there is no body
    std::span<const std::string_view> body{};
};

// Proves with each request anew who sends it. Thread-safe.
class request_signer {
public:
    virtual ~request_signer() = default;
    // The fields to be sent with the request as it was given, besides those of the credential.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>>
    sign(const signable_request& request) const = 0;
};

// Immutable. Part of the key of whatever outlives a request: connections, backend sessions, lists.
struct credential {
    std::vector<std::pair<std::string, std::string>> fields{}; // of every request
    std::string key{}; // differs wherever `fields` may differ; says nothing of what they hold
    std::vector<std::string> secrets{};             // what of the fields nobody may read
    std::shared_ptr<const request_signer> signer{}; // null: `fields` are all
};

// The credentials of one backend. Thread-safe.
class credential_source {
public:
    virtual ~credential_source() = default;

    // For requests in the name of `who`; null: for the gateway's own, which read lists and probe. It is fetched where that
    // is necessary, which may take most of a minute: whoever has less gives up waiting, and not the fetching.
    [[nodiscard]] virtual awaitable<result<std::shared_ptr<const credential>>>
    credential_for(const caller* who) = 0;

    // The same where nothing has to be fetched, without a wait; null: ask credential_for().
    [[nodiscard]] virtual std::shared_ptr<const credential> at_hand(const caller* who) = 0;

    // The backend refused it (HTTP 401): the next one is a new one, where there can be one. True: there can.
    virtual bool refused(const credential& which) = 0;
};

} // namespace vmcp
