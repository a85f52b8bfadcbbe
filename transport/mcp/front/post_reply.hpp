// The client's side of one POST: a JSON answer when the response is all there is, an event stream from the
// first notification on.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/client_channel.hpp"
#include "transport/mcp/front/client_stream.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "vmcp/model/waiting.hpp"
#include "vmcp/session/live_session.hpp"

#include <memory>
#include <optional>

namespace transport {

class session_streams;

// Lives in the connection's coroutine. A client that disconnects does not cancel its calls (MCP 2025-11-25,
// basic/transports, "Sending Messages to the Server"): they run on, and what they say is kept for the
// client's return.
class post_reply final : public client_channel {
public:
    // `session` is null for a client without one: what was sent to it is not kept.
    post_reply(server_connection& connection, std::shared_ptr<vmcp::live_session> session,
               stream_options options);
    ~post_reply() override { connection_.wake_never(); }
    post_reply(const post_reply&) = delete;
    post_reply& operator=(const post_reply&) = delete;

    vmcp::awaitable<void> notify(const vmcp::gather& message) override;
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& request) override;
    // The client's connection ends for now; it comes back with Last-Event-ID. Only for clients that were
    // given an id to come back with.
    void pause() override;
    // A stream that has begun has its status already.
    vmcp::awaitable<void> respond(const vmcp::gather& response, unsigned status) override;
    // With the status of the failure, and when to come back, where nothing was written yet.
    vmcp::awaitable<void> refuse(const vmcp::failure& why, std::string_view text) override;
    [[nodiscard]] std::optional<vmcp::failure> no_room_for(std::size_t bytes) const override;
    // Of the responses so far.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] const std::string& request_id() const noexcept override { return options_.request_id; }
    // Answers by event stream whatever comes.
    void stream_from_now();
    // For batches, whose responses come one by one: the event stream goes on until end().
    void many() {
        many_ = true;
        stream_from_now();
    }
    void end() { finish_stream(); }
    // The call ended without a response: it was cancelled.
    vmcp::awaitable<void> dropped();
    // Waits until everything is written or the client is gone. To be awaited before the reply ends.
    vmcp::awaitable<void> finish();

private:
    void finish_stream();

    server_connection& connection_;
    std::shared_ptr<vmcp::live_session> session_;
    stream_options options_;
    std::shared_ptr<session_streams> streams_{};
    std::shared_ptr<client_stream> stream_{};
    std::shared_ptr<vmcp::promised<bool>> written_{};
    std::size_t bytes_ = 0;
    bool many_ = false;
    bool answered_ = false;
};

} // namespace transport
