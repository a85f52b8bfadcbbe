// modern_front::listen(): subscriptions/listen of stateless clients (MCP 2026-07-28, basic/patterns/subscriptions).
#include "transport/mcp/front/listen_stream.hpp"
#include "transport/mcp/front/modern_front.hpp"
#include "transport/mcp/front/peer_watch.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <fmt/format.h>

#include <utility>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;

// A backend is told to deliver updates; what it refuses, or nobody has, is not honoured.
asio::awaitable<listen_filter> modern_front::subscribe(const admitted_request& request, listen_filter asked,
                                                       const session_ptr& session) {
    struct quiet_sink final : vmcp::reply_sink {
        bool accepted = false;
        vmcp::awaitable<void> notify(const vmcp::gather&) override { co_return; }
        vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const message& question) override {
            return vmcp::fail(errc::capability_missing, std::string(question.method));
        }
        vmcp::awaitable<void> done(const vmcp::reply& answer) override {
            accepted = answer.kind == vmcp::answer_kind::result;
            co_return;
        }
        vmcp::awaitable<void> fail(const vmcp::failure&) override { co_return; }
    };
    listen_filter honoured{.lists = asked.lists};
    for (auto& uri : asked.uris) {
        const auto text = vmcp::request_message("1", "resources/subscribe",
                                                fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
        const auto m = vmcp::read_message(text);
        const auto what = std::make_shared<vmcp::call>(*m,
                                                       vmcp::call_terms{.spoken = vmcp::era::modern,
                                                                        .from = request.from,
                                                                        .can = session->shared_capabilities(),
                                                                        .session = session,
                                                                        .headers = request.passed_through(),
                                                                        .via = request.fields.via},
                                                       request.http.connection.home().executor());
        quiet_sink out;
        co_await core_.handle(what, out);
        if (out.accepted)
            honoured.uris.push_back(std::move(uri));
    }
    co_return honoured;
}

asio::awaitable<void> modern_front::listen(const admitted_request& request, const message& m) {
    auto& connection = request.http.connection;
    auto asked = read_listen_filter(m);
    if (!asked) {
        co_await request.refuse(asked.error());
        co_return;
    }
    if (!request.fields.accepts.event_stream()) {
        co_await request.refuse(fail(errc::not_acceptable, "Accept must list text/event-stream"));
        co_return;
    }
    const vmcp::scoped_count open(counters_.streams);
    if (counters_.streams > request.settings->max_streams) {
        co_await request.refuse(fail(errc::too_many_requests, "too many event streams (limits.maxStreams)"));
        co_return;
    }
    // The core tells sessions of changes: a subscription is one that lasts as long as its stream.
    auto opened = co_await sessions_.open({.id = vmcp::random_session_id(), .who = request.from->who});
    if (!opened) {
        co_await request.refuse(opened.error());
        co_return;
    }
    const auto& session = *opened;
    if (!policy_.allows_all(*request.from))
        session->set_policy_class(policy_.policy_class(*request.from));
    const auto listening = std::make_shared<listen_stream>(std::string(m.id.raw));
    session->set_stream(listening);
    auto honoured = co_await subscribe(request, std::move(*asked), session);
    const bool nothing = honoured.empty();
    audit_message(request, m);
    const auto reader = *listening->stream()->attach(std::nullopt);
    listening->acknowledge(std::move(honoured));
    if (nothing)
        listening->complete();
    connection.on_drain_do([listening] { listening->complete(); });
    {
        const peer_watch watch(connection,
                               [stream = listening->stream()] { stream->changed().notify_all(); });
        co_await write_stream(connection, listening->stream(), reader, options_for(request));
    }
    connection.mark_gone();
    co_await sessions_.end(session, vmcp::session_end::deleted);
}

} // namespace transport
