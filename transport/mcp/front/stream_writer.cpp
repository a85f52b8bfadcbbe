#include "transport/mcp/front/stream_writer.hpp"

#include "transport/mcp/front/request_fields.hpp"
#include "transport/mcp/front/request_id.hpp"
#include "transport/sse/sse_encoder.hpp"

#include <string>

namespace transport {

using vmcp::steady_clock;

std::vector<header_field> stream_fields(const stream_options& options) {
    auto out = answer_fields(options);
    out.push_back({"Cache-Control", "no-cache, no-transform"});
    out.push_back({"X-Accel-Buffering", "no"});
    return out;
}

std::vector<header_field> answer_fields(const stream_options& options) {
    std::vector<header_field> out;
    if (!options.request_id.empty())
        out.push_back({request_id_header, options.request_id});
    if (!options.origin.empty())
        append_cors_fields(out, options.origin);
    return out;
}

asio::awaitable<void> write_stream(server_connection& connection, std::shared_ptr<client_stream> from,
                                   std::uint64_t reader, stream_options options) {
    constexpr std::size_t kept_buffer = 64 * 1024;
    const auto ex = connection.home().executor();
    bool open = co_await connection.start_stream("text/event-stream", stream_fields(options));
    std::string out;
    if (options.priming_event) {
        const chunk_scope chunk(out);
        append_priming_event(out, from->position(), options.retry);
    }
    if (!options.preface.empty()) {
        const chunk_scope chunk(out);
        out.append(options.preface);
    }
    while (open) {
        auto ticket = from->changed().take(ex);
        auto batch = from->take(reader);
        if (!batch.mine)
            break;
        if (!batch.events.empty()) {
            const chunk_scope chunk(out);
            for (auto& event : batch.events) {
                append_event(out, options.resumable ? event.id : std::string_view(), options.event_name,
                             event.data);
                std::string().swap(event.data); // a client that is slow holds it once
            }
        }
        if (!out.empty()) {
            open = co_await connection.write_framed(out);
            if (out.capacity() > kept_buffer)
                std::string().swap(out);
            out.clear();
            if (!batch.over)
                continue;
        }
        if (batch.over || !open)
            break;
        if (!co_await ticket.wait(steady_clock::now() + options.keep_alive)) {
            const chunk_scope chunk(out);
            out.append(keep_alive_comment);
        }
        if (connection.gone())
            break;
    }
    if (open && !connection.gone())
        co_await connection.end_stream();
    from->detach(reader);
}

} // namespace transport
