// The way back of a call of the HTTP+SSE transport: everything is an event of the client's one stream.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/client_channel.hpp"
#include "transport/mcp/front/client_stream.hpp"
#include "vmcp/session/live_session.hpp"

#include <memory>
#include <string>
#include <utility>

namespace transport {

// `request` outlives it.
class sse_channel final : public client_channel {
public:
    sse_channel(std::shared_ptr<client_stream> stream, std::shared_ptr<vmcp::live_session> session,
                const admitted_request& request)
        : stream_(std::move(stream))
        , session_(std::move(session))
        , request_(request) {}

    vmcp::awaitable<void> notify(const vmcp::gather& message) override {
        stream_->send(message.str());
        co_await stream_->room(request_.http.connection.home().executor());
    }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& question) override {
        return session_->ask(question, stream_);
    }
    void pause() override {} // such a client never comes back to a stream
    vmcp::awaitable<void> respond(const vmcp::gather& response, unsigned) override {
        co_await notify(response);
    }
    vmcp::awaitable<void> refuse(const vmcp::failure&, std::string_view text) override {
        co_await notify(vmcp::gather(text));
    }
    [[nodiscard]] std::optional<vmcp::failure> no_room_for(std::size_t bytes) const override {
        return no_room_in(request_.http.connection.home().memory(), bytes);
    }
    [[nodiscard]] const std::string& request_id() const noexcept override { return request_.id; }

private:
    std::shared_ptr<client_stream> stream_;
    std::shared_ptr<vmcp::live_session> session_;
    const admitted_request& request_;
};

} // namespace transport
