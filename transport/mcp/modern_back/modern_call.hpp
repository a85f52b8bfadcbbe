// One stateless request to a backend (MCP 2026-07-28, basic/transports/streamable-http): does what an exchange_machine asks
// for. It has a connection of its own while it runs; whoever gives it up closes that, which is how it is cancelled.
#pragma once

#include "transport/mcp/back/backend_request.hpp"
#include "transport/mcp/back/backend_span.hpp"
#include "transport/mcp/back/http_attempt.hpp"
#include "transport/mcp/modern_back/modern_request.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// What is sent, and how. Views and pointers live until the request is over.
struct stateless_request {
    const vmcp::gather* body = nullptr; // never null
    std::uint64_t id = 0;               // of the request in it, which is its progress token, too
    std::string_view method{};
    std::string_view raw_token{};                 // the client's progress token; empty: it wants no progress
    const header_list* fields = nullptr;          // modern_fields(); never null
    const header_list* of_call = nullptr;         // of the client's call, besides those of every request
    const vmcp::call* call = nullptr;             // the client's; null: a request of the gateway's own
    std::shared_ptr<const vmcp::caller> caller{}; // in whose name it is sent; null: the gateway's
    vmcp::cancellation* cancellation = nullptr;   // ends it early; may be null
    bool repeatable = false;                      // it changes nothing at the backend
    std::chrono::milliseconds timeout{30'000};    // anew after each sign of progress
    vmcp::steady_clock::time_point until{};       // its end at first
    // What waits for messages of no end (subscriptions/listen): the time until its answer has begun, and none afterwards.
    bool endless = false;
    credential_ptr with{}; // what the first attempt is sent with; null: it is asked for
    // Where they are not null: what the last attempt met, written when the request fails; the credential it was sent with,
    // whose secrets no text may show; the HTTP status of the last answer.
    call_facts* met = nullptr;
    credential_ptr* sent_with = nullptr;
    backend_span* span = nullptr; // of a client's call; may be null
    unsigned* status = nullptr;   // known before the response is given to the sink
    // Progress that a call has made in the rounds before, and makes: what does not go beyond is not passed on, as it increases for
    // the client (basic/patterns/progress). May be null.
    std::optional<double>* progress = nullptr;
};

class modern_call final : private http_attempt {
public:
    // Sends the request and relays what belongs to it to `out`, the response last; as backend::exchange(). `out` is asked
    // nothing: backends of this revision ask by their answers. On a worker. The arguments must outlive the coroutine.
    [[nodiscard]] static vmcp::awaitable<vmcp::result<void>>
    run(const backend_context& in, const stateless_request& request, vmcp::reply_sink& out);

    modern_call(const modern_call&) = delete;
    modern_call& operator=(const modern_call&) = delete;

private:
    using kind = exchange_action::kind;

    modern_call(const backend_context& in, const stateless_request& request, vmcp::reply_sink& out);

    exchange_action begin();
    const exchange_request& http_request();
    exchange_action head_read(read_end end, const exchange_action& again);
    vmcp::awaitable<exchange_action> deliver(delivery how);
    [[nodiscard]] bool goes_on(std::string_view raw_params);
    vmcp::result<void> finish();
    [[nodiscard]] steady_clock::time_point ends_at() const override;

    const stateless_request& request_;
    vmcp::reply_sink& out_;
    std::string via_{};
    header_list signed_{};               // the fields of this revision, and what the credential signs with
    std::vector<header_field> fields_{}; // views into what stands above
    exchange_request http_request_{};
    bool answering_ = false; // the head of an answer that may have no end was read
    vmcp::cancellation::scope cancellable_;
};

} // namespace transport
