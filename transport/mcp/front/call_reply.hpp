// How the answer to one call of a legacy client is written: as a JSON-RPC message under the client's id.
#pragma once

#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/model/reply.hpp"

#include <string_view>

namespace transport {

// Lives until the call has ended; so must `to`, the text of the id, and `note`, which may be null.
class call_reply final : public vmcp::reply_sink {
public:
    call_reply(post_reply& to, std::string_view raw_id, answer_note* note = nullptr)
        : to_(to)
        , raw_id_(raw_id)
        , note_(note) {}

    vmcp::awaitable<void> notify(const vmcp::gather& message) override { return to_.notify(message); }
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& request) override {
        return to_.ask(request);
    }
    void pause() override { to_.pause(); }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override;
    vmcp::awaitable<void> fail(const vmcp::failure& why) override;

    // Of the response.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    // How it ended, for metrics.
    [[nodiscard]] call_end end(const vmcp::call& call) const noexcept {
        return call.cancelled() ? call_end::cancelled : end_;
    }

private:
    vmcp::awaitable<void> respond(const vmcp::gather& message, unsigned status = 200);

    post_reply& to_;
    std::string_view raw_id_;
    answer_note* note_; // null: nobody wants to know
    call_end end_ = call_end::success;
    std::size_t bytes_ = 0;
};

} // namespace transport
