#include "transport/mcp/back/stream_run.hpp"

#include "transport/http/redirect.hpp"
#include "transport/mcp/back/backend_fields.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "transport/mcp/back/exchange_machine.hpp"

#include <utility>

namespace transport {
namespace {

// For the answer to a GET to begin. The stream itself has no end.
constexpr milliseconds patience{10'000};

} // namespace

asio::awaitable<stream_action> stream_run::perform(const stream_action& action, const session_identity& as) {
    switch (action.what) {
    case stream_action::kind::authorize:
        co_return co_await authorize(as);
    case stream_action::kind::renew:
        co_return machine.renewed(context.credentials->refused(*credential), steady_clock::now());
    case stream_action::kind::connect:
        co_return co_await connect();
    case stream_action::kind::send:
        co_return co_await send();
    case stream_action::kind::read_head:
        do {
            if (co_await http->read_head() != read_end::ok)
                co_return machine.broken(steady_clock::now());
        } while (http->is_interim());
        co_return head_read();
    case stream_action::kind::read_body:
        co_return co_await read_body();
    case stream_action::kind::read_some: {
        carrier->expires_never();
        const auto piece = co_await http->some();
        co_return piece ? within_memory(machine.some(*piece, steady_clock::now()))
                        : machine.broken(steady_clock::now());
    }
    case stream_action::kind::rest:
        co_return co_await rest(action.until);
    case stream_action::kind::deliver:
    case stream_action::kind::finish:
        break;
    }
    co_return action;
}

asio::awaitable<stream_action> stream_run::authorize(const session_identity& as) {
    auto given = co_await credential_in(context.credentials, as.caller(), steady_clock::now() + patience,
                                        ending.get());
    if (!given)
        co_return machine.broken(steady_clock::now());
    credential = std::move(*given);
    co_return machine.authorized();
}

asio::awaitable<stream_action> stream_run::connect() {
    http.reset();
    carrier.reset();
    auto made =
        co_await transport::connect(worker::current(), context.connections->target(), patience, ending.get());
    if (!made)
        co_return machine.broken(steady_clock::now());
    carrier = std::move(*made);
    carrier->expires_in(patience);
    http.emplace(*carrier);
    co_return machine.connected();
}

asio::awaitable<stream_action> stream_run::send() {
    const auto via = context.via_of(nullptr);
    const auto signature = signature_of(*credential, "GET", context.connections->target().url, target());
    auto fields = backend_fields(accept_events, session.get(), *credential, via, nullptr, &signature);
    if (!machine.last_event_id().empty())
        fields.push_back({"Last-Event-ID", machine.last_event_id()});
    const exchange_request request{.method = "GET",
                                   .url = &context.connections->target().url,
                                   .target = target(),
                                   .fields = fields,
                                   .body = nullptr};
    const auto written = co_await http->write(request);
    co_return written ? machine.sent() : machine.broken(steady_clock::now());
}

stream_action stream_run::head_read() {
    const auto location = http->field("Location");
    const auto moved = redirect_target(http->status(), context.connections->target().url, target(), location);
    return machine.head({.status = http->status(),
                         .content_type = http->field("Content-Type"),
                         .location = location,
                         .moved_to = moved,
                         .sure_end = http->has_sure_end()});
}

asio::awaitable<stream_action> stream_run::read_body() {
    constexpr std::size_t most = std::size_t{64} << 10;
    std::string text;
    co_await http->body(text, most); // of a longer one, the beginning says enough
    co_return machine.refused(text, steady_clock::now());
}

asio::awaitable<stream_action> stream_run::rest(steady_clock::time_point until) {
    http.reset();
    carrier.reset();
    pause.emplace(worker::current());
    co_await pause->until(until);
    if (pause->was_cut())
        co_return stream_action{.what = stream_action::kind::finish};
    co_return machine.rested(steady_clock::now());
}

stream_action stream_run::within_memory(stream_action next) {
    constexpr std::size_t not_worth_counting = 4096;
    const auto bytes = machine.held_bytes();
    if (bytes <= not_worth_counting)
        held.release();
    else if (next.what == stream_action::kind::read_some && !held.cover_in_steps(bytes))
        return machine.broken(steady_clock::now());
    return next;
}

} // namespace transport
