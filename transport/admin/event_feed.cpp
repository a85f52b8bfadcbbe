#include "transport/admin/event_feed.hpp"

#include "transport/sse/sse_encoder.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <map>

namespace transport {

namespace http = boost::beast::http;
using std::chrono::steady_clock;
using vmcp::errc;
using vmcp::fail;

namespace {

// Wakes a watcher's loop when its client is gone or the gateway drains.
struct bell {
    vmcp::wait_list rung{};
    bool over = false; // on the connection's worker only

    void ring() {
        over = true;
        rung.notify_all();
    }
};

asio::awaitable<void> watch_peer(std::shared_ptr<server_connection> connection, std::shared_ptr<bell> to) {
    error_code ec;
    auto& socket = connection->stream().socket();
    co_await socket.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
    char byte = 0;
    if (ec || ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        co_return; // our own end of the stream, or bytes, which say nothing
    connection->mark_gone();
    to->ring();
}

} // namespace

asio::awaitable<void> event_feed::handle(http_request& request) {
    auto& connection = request.connection;
    if (request.head.method() != http::verb::get) {
        const header_field allow[] = {{"Allow", "GET"}};
        co_await connection.refuse(fail(errc::method_not_allowed), {}, allow);
        co_return;
    }
    struct place {
        std::atomic<std::size_t>& n;
        std::size_t taken = ++n;
        ~place() { --n; }
    } const mine{watchers_};
    if (mine.taken > settings_.max_watchers) {
        co_await connection.refuse(fail(errc::too_many_requests, "too many pages watch; close some"));
        co_return;
    }
    co_await stream(connection);
}

asio::awaitable<void> event_feed::stream(server_connection& connection) {
    constexpr header_field fields[] = {
        {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {"X-Accel-Buffering", "no"}};
    if (!co_await connection.start_stream("text/event-stream", fields))
        co_return;
    const auto ex = connection.home().executor();
    const auto signal = std::make_shared<bell>();
    connection.on_drain_do([signal] { signal->ring(); });
    connection.home().spawn(watch_peer(connection.shared_from_this(), signal), "watching a watcher");
    std::map<std::string_view, std::shared_ptr<const std::string>> sent;
    auto last_written = steady_clock::now();
    std::string out;
    while (!signal->over && !connection.draining()) {
        auto ticket = signal->rung.take(ex);
        for (const auto& one : co_await look_()) {
            auto& before = sent[one.name];
            if (!one.data || (before && (before == one.data || *before == *one.data)))
                continue;
            before = one.data;
            const chunk_scope chunk(out);
            append_event(out, {}, one.name, *one.data);
        }
        if (out.empty() && steady_clock::now() - last_written >= settings_.keep_alive) {
            const chunk_scope chunk(out);
            out.append(keep_alive_comment);
        }
        if (!out.empty()) {
            if (!co_await connection.write_framed(out))
                break;
            out.clear();
            last_written = steady_clock::now();
        }
        if (!signal->over)
            co_await ticket.wait(steady_clock::now() + settings_.pause);
    }
    if (!connection.gone())
        co_await connection.end_stream();
    // The watch of the peer still waits for this connection's bytes, so that it cannot serve another request.
    connection.mark_gone();
}

} // namespace transport
