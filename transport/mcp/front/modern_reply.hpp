// How the answer to one request of a stateless client is written (MCP 2026-07-28, basic and
// basic/transports/streamable-http): results say of which type they are and who made them, errors have this revision's
// codes, and only what belongs to this request comes before.
#pragma once

#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/model/reply.hpp"
#include "vmcp/service/running_call.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace transport {

// Members of results that a client may keep (MCP 2026-07-28, server/utilities/caching).
struct cache_hint {
    unsigned ttl_ms = 0;
    bool shared = false; // the same for everybody (`cacheScope`: public)
};

// A raw JSON object: the `serverInfo` of the gateway in `_meta`, and nothing else.
[[nodiscard]] std::string server_meta(std::string_view gateway_name);

// The JSON-RPC code and data of a legacy error, as this revision has them: a resource that is not there is an invalid
// parameter (server/resources, "Error Handling"). Other errors stay as they are. `raw_uri` is the request's URI or empty.
[[nodiscard]] std::string modern_error(std::string_view raw_error, std::string_view raw_uri);

// Lives until the call has ended; so must what it refers to.
class modern_reply final : public vmcp::reply_sink {
public:
    struct terms {
        std::string_view raw_id{};        // of the request that is answered
        std::string_view raw_token{};     // of its progress token; empty: it wants no progress
        std::string_view raw_uri{};       // of the resource that it reads, else empty
        std::string_view meta{};          // server_meta()
        const cache_hint* hint = nullptr; // null: the result cannot be kept
        answer_note* note = nullptr;      // null: nobody wants to know
        // What the client can do, where the answer may be a question to it (basic/patterns/mrtr); null: it may not.
        const vmcp::client_capabilities* can = nullptr;
        std::string_view raw_responses{};               // `inputResponses` of the request, or empty
        vmcp::log_level level = vmcp::log_level::unset; // of log messages that it wants; unset: none
    };
    modern_reply(post_reply& to, terms terms) : to_(to), of_(terms) {}

    vmcp::awaitable<void> notify(const vmcp::gather& message) override;
    // Not on this stream: requests of backends are answered by a retry (basic/patterns/mrtr).
    vmcp::result<std::shared_ptr<vmcp::pending_ask>> ask(const vmcp::message& request) override;
    // A call that failed for want of a capability is told so (basic, "Client capabilities"): its backend's error repeats that.
    void of(std::shared_ptr<const vmcp::running_call> running) { running_ = std::move(running); }
    vmcp::awaitable<void> done(const vmcp::reply& answer) override;
    vmcp::awaitable<void> fail(const vmcp::failure& why) override;
    // A result of the gateway's own: a JSON object without its `resultType` and `_meta`.
    vmcp::awaitable<void> result(std::string_view type, std::string_view body);

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; } // of the response
    // How it was answered, for metrics.
    [[nodiscard]] call_end end() const noexcept { return end_; }

private:
    vmcp::awaitable<void> error(std::string_view raw_error, unsigned status = 200);
    vmcp::awaitable<void> request_refused(std::string_view raw_error);
    vmcp::awaitable<void> url_required(std::string_view raw_error);
    vmcp::awaitable<void> backend_result(const vmcp::reply& answer);
    vmcp::awaitable<void> respond(const vmcp::gather& message, unsigned status = 200);

    post_reply& to_;
    const terms of_;
    std::shared_ptr<const vmcp::running_call> running_{}; // null: the backend's questions come to this sink
    std::optional<vmcp::refused_question> refused_{};
    call_end end_ = call_end::success;
    std::size_t bytes_ = 0;
};

} // namespace transport
