// Clients of the revisions with sessions (2025-03-26, 2025-06-18 and 2025-11-25): initialize, calls, answers and
// notifications by POST, streams outside of calls by GET, the end by DELETE (MCP, basic/lifecycle and
// basic/transports of each revision).
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/service/gateway_description.hpp"
#include "vmcp/session/session_store.hpp"

#include <memory>

namespace transport {

class call_reply;
class post_reply;

class legacy_front {
public:
    legacy_front(vmcp::service& core, const vmcp::published<vmcp::snapshot>& current,
                 vmcp::session_store& sessions, vmcp::admission& policy, front_counters& counters,
                 stream_shelf& shelf)
        : core_(core)
        , current_(current)
        , sessions_(sessions)
        , policy_(policy)
        , counters_(counters)
        , shelf_(shelf) {}

    // Before the body of a POST is read: false when it was refused, because its session does not exist. Without a session
    // only a short body is read: `initialize` is all that it can be.
    asio::awaitable<bool> admit(const admitted_request& request);

    // One message of a client. It must live, like the request, until the value is returned.
    asio::awaitable<void> post(const admitted_request& request, const vmcp::message& m);
    // A JSON-RPC batch, for clients of 2025-03-26.
    asio::awaitable<void> batch(const admitted_request& request);
    // GET.
    asio::awaitable<void> listen(const admitted_request& request);
    // DELETE.
    asio::awaitable<void> end_session(const admitted_request& request);

private:
    using session_ptr = std::shared_ptr<vmcp::live_session>;

    asio::awaitable<void> initialize(const admitted_request& request, const vmcp::message& m);
    asio::awaitable<void> one_call(const admitted_request& request, const vmcp::message& m,
                                   session_ptr session);
    asio::awaitable<void> one_of_batch(const admitted_request& request, const vmcp::message& m,
                                       session_ptr session, post_reply& out);

    asio::awaitable<vmcp::result<session_ptr>> session_of(const admitted_request& request,
                                                          vmcp::touch_by cause = vmcp::touch_by::request);
    std::shared_ptr<vmcp::call> make_call(const admitted_request& request, const vmcp::message& m,
                                          const session_ptr& session) const;
    stream_options options_for(const vmcp::client_session& session, const admitted_request& request) const;

    vmcp::service& core_;
    const vmcp::published<vmcp::snapshot>& current_;
    vmcp::session_store& sessions_;
    vmcp::admission& policy_;
    front_counters& counters_;
    stream_shelf& shelf_;
};

} // namespace transport
