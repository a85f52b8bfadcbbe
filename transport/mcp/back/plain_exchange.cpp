#include "transport/mcp/back/plain_exchange.hpp"

#include "transport/http/redirect.hpp"
#include "transport/mcp/back/backend_fields.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "vmcp/base/shortage.hpp"

#include <algorithm>

namespace transport {

using std::chrono::milliseconds;
using vmcp::errc;
using vmcp::steady_clock;

namespace {

vmcp::failure unavailable(std::string detail) {
    return vmcp::fail(errc::backend_unavailable, std::move(detail));
}

// One attempt: the status, and whether the connection it went over was idle before.
struct attempt {
    unsigned status = 0;    // 0: none came
    std::string moved_to{}; // as of answer_head
    bool was_idle = false;
    std::string problem{};
};

asio::awaitable<attempt> attempt_on(std::unique_ptr<connection> carrier, const backend_context& context,
                                    const exchange_request& request, steady_clock::time_point until) {
    attempt out{.was_idle = carrier->reused};
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    carrier->expires_in(std::max(left, milliseconds(1)));
    client_exchange http(*carrier);
    std::string dropped;
    auto done = co_await http.send(request);
    const bool has_status = done.has_value();
    if (done)
        done = co_await http.body(dropped, context.max_body);
    // A body that is not understood takes nothing from what the status says.
    const bool strange = has_status && !done && done.error().error == exchange_error::malformed;
    if (!done && !strange) {
        out.problem = done.error().detail;
        co_return out;
    }
    out.status = http.status();
    out.moved_to = redirect_target(out.status, *request.url, request.target, http.field("Location"));
    if (done)
        context.connections->give(std::move(carrier), http);
    co_return out;
}

} // namespace

vmcp::awaitable<vmcp::result<unsigned>>
exchange_plainly(const backend_context& context, const session_identity& as, const established& session,
                 const plain_request& request, steady_clock::time_point until) {
    const vmcp::gather body(request.body);
    const auto accept = request.method == "POST" ? accept_both : std::string_view("application/json");
    bool fresh = false;
    bool renewed = false;
    std::string moved_to;
    for (;;) {
        const auto credential = co_await credential_in(context.credentials, as.caller(), until, nullptr);
        if (!credential) {
            if (request.met != nullptr)
                request.met->without_credential = true;
            co_return credential.error();
        }
        const auto connected =
            request.connect_within ? std::min(until, steady_clock::now() + *request.connect_within) : until;
        auto carrier = fresh ? co_await context.connections->make_new((*credential)->key, connected)
                             : co_await context.connections->take((*credential)->key, connected);
        if (!carrier)
            co_return vmcp::fail(vmcp::shortage_of(carrier.error().ec) ? errc::io : errc::backend_unavailable,
                                 describe(carrier.error()));
        const auto via = context.via_of(nullptr);
        const auto* const text = request.body.empty() ? nullptr : &body;
        const auto& target = moved_to.empty() ? session.target : moved_to;
        const auto signature =
            signature_of(**credential, request.method, context.connections->target().url, target, text);
        const auto fields = backend_fields(accept, &session, **credential, via, nullptr, &signature);
        const exchange_request http{.method = request.method,
                                    .url = &context.connections->target().url,
                                    .target = target,
                                    .fields = fields,
                                    .body = text};
        const auto answer = co_await attempt_on(std::move(*carrier), context, http, until);
        if (answer.status == 401 && !renewed && context.credentials->refused(**credential))
            renewed = true;
        else if (!answer.moved_to.empty() && moved_to.empty())
            moved_to = answer.moved_to;
        else if (answer.status != 0)
            co_return answer.status;
        // An idle connection may have been closed by then. One on which nothing came in time was not: who is slow, or has
        // left the configuration meanwhile, is not connected to once more.
        else if (!answer.was_idle || steady_clock::now() >= until || std::exchange(fresh, true))
            co_return unavailable(answer.problem);
    }
}

} // namespace transport
