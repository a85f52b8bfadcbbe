#include "transport/mcp/front/post_reply.hpp"

#include "transport/mcp/front/session_streams.hpp"

#include <utility>

namespace transport {

using vmcp::steady_clock;

post_reply::post_reply(server_connection& connection, std::shared_ptr<vmcp::live_session> session,
                       stream_options options)
    : connection_(connection)
    , session_(std::move(session))
    , options_(std::move(options)) {
    // A call that says nothing for long becomes a stream too: proxies on the way close silent connections.
    if (options_.allowed)
        connection_.wake_in(options_.keep_alive, [this] { stream_from_now(); });
}

void post_reply::stream_from_now() {
    if (stream_ || answered_)
        return;
    connection_.wake_never();
    if (session_) {
        streams_ = streams_of(*session_, options_.replay, options_.shelf);
        stream_ = streams_->open();
    } else {
        stream_ = std::make_shared<client_stream>(0, event_log::limits{0, 0}, connection_.home().memory(),
                                                  client_stream::purpose::call);
    }
    written_ = std::make_shared<vmcp::promised<bool>>();
    const auto reader = *stream_->attach(std::nullopt);
    connection_.home().spawn(
        [](std::shared_ptr<server_connection> c, std::shared_ptr<client_stream> s, std::uint64_t r,
           stream_options o, std::shared_ptr<vmcp::promised<bool>> written) -> asio::awaitable<void> {
            co_await write_stream(*c, std::move(s), r, std::move(o));
            written->set(true);
        }(connection_.shared_from_this(), stream_, reader, options_, written_),
        "an event stream to a client");
}

vmcp::awaitable<void> post_reply::notify(const vmcp::gather& message) {
    if (!options_.allowed)
        co_return; // one JSON object has no place for it
    stream_from_now();
    stream_->send(message.str());
    co_await stream_->room(connection_.home().executor());
}

vmcp::result<std::shared_ptr<vmcp::pending_ask>> post_reply::ask(const vmcp::message& request) {
    if (!options_.allowed || !session_)
        return vmcp::fail(vmcp::errc::not_acceptable,
                          "the client takes no event stream (Accept), on which it could be asked");
    stream_from_now();
    return session_->ask(request, stream_);
}

void post_reply::pause() {
    if (!options_.allowed || !options_.priming_event || answered_ || many_)
        return;
    stream_from_now();
    stream_->release();
}

vmcp::awaitable<void> post_reply::respond(const vmcp::gather& response, unsigned status) {
    bytes_ += response.size();
    if (stream_) {
        stream_->send(response.str());
        if (!many_)
            finish_stream();
        co_return;
    }
    if (std::exchange(answered_, true))
        co_return;
    connection_.wake_never();
    co_await connection_.respond(status, "application/json", response, answer_fields(options_));
}

vmcp::awaitable<void> post_reply::dropped() {
    // A cancelled request gets no response (MCP 2025-11-25, basic/utilities/cancellation); HTTP needs some
    // answer, and an event stream without events says just that.
    if (!stream_ && !answered_) {
        answered_ = true;
        connection_.wake_never();
        if (!options_.allowed) {
            co_await connection_.respond(202, {}, vmcp::gather(), stream_fields(options_));
            co_return;
        }
        if (co_await connection_.start_stream("text/event-stream", stream_fields(options_)))
            co_await connection_.end_stream();
        co_return;
    }
    if (stream_)
        finish_stream();
}

std::optional<vmcp::failure> post_reply::no_room_for(std::size_t bytes) const {
    return stream_ ? no_room_in(connection_.home().memory(), bytes) : std::nullopt;
}

vmcp::awaitable<void> post_reply::refuse(const vmcp::failure& why, std::string_view text) {
    if (stream_ || answered_) {
        co_await respond(vmcp::gather(text), 200);
        co_return;
    }
    answered_ = true;
    bytes_ += text.size();
    connection_.wake_never();
    auto fields = answer_fields(options_);
    fields.push_back({"Retry-After", "1"});
    co_await connection_.respond(row_of(why.code).http_status, "application/json", vmcp::gather(text),
                                 fields);
}

void post_reply::finish_stream() {
    if (streams_)
        streams_->finished(stream_);
    else
        stream_->finish(); // of a call without a session: nobody comes back for it
}

vmcp::awaitable<void> post_reply::finish() {
    connection_.wake_never();
    if (!written_)
        co_return;
    const auto ex = connection_.home().executor();
    co_await written_->get(ex);
}

} // namespace transport
