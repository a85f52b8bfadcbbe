// front::batch(): JSON-RPC batches of clients of 2025-03-26.
#include "transport/mcp/front/front.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/base/scoped_count.hpp"
#include "vmcp/model/signal.hpp"

#include <algorithm>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;

namespace {

// Shared by the requests of a batch; the last one that ends, however it ends, says so.
class batch_end {
public:
    explicit batch_end(std::shared_ptr<vmcp::promised<bool>> all_over) : all_over_(std::move(all_over)) {}
    batch_end(const batch_end&) = delete;
    batch_end& operator=(const batch_end&) = delete;
    ~batch_end() { all_over_->set(true); }

private:
    std::shared_ptr<vmcp::promised<bool>> all_over_;
};

} // namespace

// Batches exist in 2025-03-26 only, which is also what a client without a version header speaks unless its
// session knows better (MCP 2025-06-18, basic/transports, "Protocol Version Header"). The responses come as
// events in the order in which they are ready.
asio::awaitable<void> front::batch(http_request& request, const caller& from) {
    auto& connection = request.connection;
    auto session = session_of(from);
    if (!session) {
        co_await connection.refuse(from.fields.session_id ? session.error() : fail(errc::batch_not_allowed),
                                   {}, from.cors);
        co_return;
    }
    if ((*session)->version() != vmcp::protocol_version::v2025_03_26) {
        co_await connection.refuse(fail(errc::batch_not_allowed), {}, from.cors);
        co_return;
    }
    const auto parts = vmcp::read_batch(request.body, from.settings->max_in_flight_per_session,
                                        from.settings->max_json_depth);
    if (!parts) {
        co_await connection.refuse(parts.error(), {}, from.cors);
        co_return;
    }
    std::vector<message> messages;
    for (const auto part : *parts) {
        auto m = vmcp::read_message(part, from.settings->max_json_depth);
        if (m && m->type == message::kind::request && m->method == "initialize")
            m = fail(errc::invalid_request, "initialize cannot be part of a batch");
        if (!m) {
            co_await connection.refuse(m.error(), {}, from.cors);
            co_return;
        }
        messages.push_back(*m);
    }
    const auto requests = std::ranges::count(messages, message::kind::request, &message::type);
    for (const auto& m : messages) {
        if (m.type == message::kind::notification) {
            const auto what = make_call(request, from, m, *session);
            co_await core_.notice(what);
        } else if (m.type != message::kind::request) {
            (*session)->answer(m);
        }
    }
    if (requests == 0) {
        co_await connection.respond(202, {}, vmcp::gather(), from.cors);
        co_return;
    }
    post_reply reply(connection, *session, options_for(**session, from));
    reply.many();
    const auto all_over = std::make_shared<vmcp::promised<bool>>();
    auto end = std::make_shared<batch_end>(all_over);
    for (const auto& m : messages)
        if (m.type == message::kind::request)
            connection.home().spawn(
                [](asio::awaitable<void> run, std::shared_ptr<batch_end>) -> asio::awaitable<void> {
                    co_await std::move(run);
                }(one_of_batch(request, from, m, *session, reply), end),
                "a request of a batch");
    end.reset();
    // Also when the client has gone: its requests use what lives in here.
    while (!co_await all_over->get(connection.home().executor(),
                                   vmcp::steady_clock::now() + std::chrono::hours(1))) {
    }
    reply.end();
    co_await reply.finish();
}

asio::awaitable<void> front::one_of_batch(const http_request& request, const caller& from, const message& m,
                                          std::shared_ptr<vmcp::client_session> session, post_reply& out) {
    const auto began = vmcp::steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    auto what = make_call(request, from, m, session);
    what.control = std::make_shared<vmcp::call_control>(request.connection.home().executor());
    auto begun = counters_.in_flight > from.settings->max_in_flight
                     ? vmcp::result<void>(fail(errc::too_many_requests))
                     : session->begin_call(m.id.raw, what.control, from.settings->max_in_flight_per_session);
    if (!begun) {
        const auto text = vmcp::error_message(m.id.raw, begun.error());
        co_await out.done(vmcp::gather(text));
        co_return;
    }
    {
        const vmcp::call_scope running(session, what.control);
        co_await core_.handle(what, out);
    }
    count(what, request.connection, began);
}

} // namespace transport
