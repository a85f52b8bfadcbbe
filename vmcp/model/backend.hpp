// One backend, as the core sees it, whatever it is reached by.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// A client's request as it goes to one backend: the client's own bytes with one slice replaced.
struct outgoing {
    std::shared_ptr<call> what{};   // never null
    json_slice name{};              // the slice of the name or URI in the request; empty: nothing to replace
    std::string_view replacement{}; // raw JSON; lives until exchange() has returned its value
    bool repeatable = false;        // may be sent twice: it changes nothing at the backend
};

// Thread-safe.
class backend {
public:
    virtual ~backend() = default;
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    // Declared the resources capability when it was last asked.
    [[nodiscard]] virtual bool offers_resources() const noexcept = 0;

    // Sends the request and relays everything that belongs to it to `out`, the answer last. A failure means that
    // neither out.done() nor out.fail() was called. errc::cancelled: the client does not wait for an answer any more.
    virtual awaitable<result<void>> exchange(const outgoing& request, reply_sink& out) = 0;

    // The client's session with this backend, created (not yet initialized) when there is none.
    virtual std::shared_ptr<backend_session> session_for(const std::shared_ptr<client_session>& client) = 0;
};

} // namespace vmcp
