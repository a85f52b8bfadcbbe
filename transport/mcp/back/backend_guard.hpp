// Who decides whether a call may go to a backend, and learns from how it ended: the health monitor and the
// circuit breaker, as the call path sees them.
#pragma once

#include "transport/net/connection.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <cstdint>
#include <string>

namespace transport {

// What the attempt that failed last met, beyond the failure's text. Empty where nothing more is known.
struct call_facts {
    bool connecting = false; // it failed before there was a connection, in this step:
    connect_step step = connect_step::connect;
    error_code ec{};
    unsigned status = 0;    // HTTP status of the answer; 0: none came
    bool too_large = false; // the answer, or an event of it, was larger than may be read
    std::string address{};  // host:port, with the address tried where there was one
    std::string method{};   // that was waiting for its answer
    std::string content_type{};
    std::string body{};              // its first bytes
    bool without_credential = false; // none could be had: nothing was sent
    bool callers_own = false;        // the request carried fields of its caller (passthroughHeaders)
    std::string
        words{}; // an excerpt of what the peer said, for operators; clients read it where errors.detail says so
};

// One per backend definition. Called from any worker; must not block and must not call back.
class backend_guard {
public:
    virtual ~backend_guard() = default;

    // What an admitted call carries to ended().
    struct permit {
        bool trial = false;
        std::uint64_t epoch = 0;
        vmcp::steady_clock::time_point began{};
        call_facts met{}; // filled in where the call failed
    };

    // Before anything is sent. A failure is retryable, and says why and for how long.
    virtual vmcp::result<permit> admit() = 0;
    // After an admitted call, exactly once. `why` is null when the backend answered, whatever it said.
    virtual void ended(const permit& permit, const vmcp::failure* why) = 0;
    // The backend announced that one of its lists changed, or may offer other things since it lost a session.
    virtual void lists_changed() = 0;
    // The backend had lost a session and has a new one. For counting: lists_changed() follows, but not each time
    // when it happens often.
    virtual void reinitialized() = 0;
};

} // namespace transport
