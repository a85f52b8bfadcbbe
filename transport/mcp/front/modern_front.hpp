// Clients of the stateless revision (MCP 2026-07-28): every request says who asks and what the client can do, nothing is
// remembered between two of them but calls that wait for the client's answers.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/modern_envelope.hpp"
#include "transport/mcp/front/modern_reply.hpp"
#include "transport/mcp/front/parked_calls.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/service/gateway_description.hpp"
#include "vmcp/session/session_store.hpp"

#include <memory>
#include <string>

namespace transport {

class listen_stream;
struct listen_filter;

class modern_front {
public:
    modern_front(vmcp::service& core, const vmcp::published<vmcp::snapshot>& current,
                 vmcp::session_store& sessions, vmcp::admission& policy, front_counters& counters)
        : core_(core)
        , current_(current)
        , sessions_(sessions)
        , policy_(policy)
        , counters_(counters)
        , parked_(counters.parked) {}

    // One message of a client. It must live, like the request, until the value is returned.
    asio::awaitable<void> post(const admitted_request& request, const vmcp::message& m);

    // Ends what waits for clients; used at shutdown.
    void clear() { parked_.clear(); }

private:
    using call_ptr = std::shared_ptr<vmcp::call>;
    using session_ptr = std::shared_ptr<vmcp::live_session>;

    asio::awaitable<void> answer(const admitted_request& request, const vmcp::message& m,
                                 const modern_envelope& envelope);
    asio::awaitable<void> discover(const admitted_request& request, const vmcp::message& m);
    asio::awaitable<void> one_call(const admitted_request& request, const vmcp::message& m,
                                   const modern_envelope& envelope);
    // The call that was parked for the requestState of this request; null where the request has none. Fails where the
    // caller may not go on with it, and as parked_calls::take() does.
    asio::awaitable<vmcp::result<std::shared_ptr<vmcp::running_call>>>
    parked_call(const admitted_request& request, const vmcp::message& m, vmcp::steady_clock::time_point now);
    // The call that a request begins. `text` becomes its message as backends read it, and has to live as long as the call;
    // one that may ask its client, and so may outlive the request, keeps the text itself.
    [[nodiscard]] call_ptr new_call(const admitted_request& request, const vmcp::message& m,
                                    const modern_envelope& envelope, const vmcp::trace_context& trace,
                                    bool may_ask, std::string& text) const;
    // Lets a call run to its end, or until it has to be parked; ends it when its client goes, if its terms say so. `running`
    // is null for a new one. False: it was cancelled.
    asio::awaitable<bool> carry_out(const admitted_request& request, const vmcp::message& m,
                                    const call_ptr& call, std::shared_ptr<vmcp::running_call> running,
                                    bool may_ask, modern_reply& out);
    // A call that can ask its client, from its begin, or from where it was parked as `running`. False: it was cancelled.
    asio::awaitable<bool> run_or_park(const admitted_request& request, const vmcp::message& m,
                                      const call_ptr& call, std::shared_ptr<vmcp::running_call> running,
                                      modern_reply& out);
    asio::awaitable<void> listen(const admitted_request& request, const vmcp::message& m);
    asio::awaitable<void> follow(const admitted_request& request, std::shared_ptr<listen_stream> listening,
                                 const session_ptr& session, listen_filter asked);

    // The arguments that the tool wants repeated in header fields are not; nothing when they are.
    [[nodiscard]] asio::awaitable<std::optional<vmcp::failure>>
    mirror_failure(const admitted_request& request, const vmcp::message& m);
    [[nodiscard]] static stream_options options_for(const admitted_request& request);
    [[nodiscard]] vmcp::call_terms terms_of(const admitted_request& request,
                                            const modern_envelope& envelope) const;
    [[nodiscard]] cache_hint hint_for(const admitted_request& request, std::string_view method) const;

    vmcp::service& core_;
    const vmcp::published<vmcp::snapshot>& current_;
    vmcp::session_store& sessions_;
    vmcp::admission& policy_;
    front_counters& counters_;
    caller_places in_flight_{};
    parked_calls parked_;
};

} // namespace transport
