// The HTTP side of a request to a backend: credential, connection, and what is read from it, each told to the exchange_machine.
// Requests of every revision are made on top of it; one attempt comes after the other until the machine has finished.
#pragma once

#include "transport/http/client_exchange.hpp"
#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/backend_request.hpp"
#include "transport/mcp/back/exchange_machine.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/reply.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// Pointers and references outlive the request.
struct attempt_terms {
    const backend_context& context;
    exchange_terms exchange;
    std::shared_ptr<const vmcp::caller> caller{}; // in whose name it is sent; null: the gateway's
    credential_ptr with{};                       // what the first attempt is sent with; null: it is asked for
    const header_list* headers = nullptr;        // of the client's call; may be null
    credential_ptr* sent_with = nullptr;         // told what the last attempt was sent with; may be null
    vmcp::cancellation* cancellation = nullptr;  // ends it early; may be null
    std::chrono::milliseconds connect_timeout{}; // of each connection
    vmcp::memory_class memory = vmcp::memory_class::answers; // what its answer is counted as
};

// On one worker. Whoever derives from it awaits in its own loop what waits in every call (writing, and reading a head or a
// piece): a coroutine costs an allocation.
class http_attempt {
public:
    http_attempt(const http_attempt&) = delete;
    http_attempt& operator=(const http_attempt&) = delete;

protected:
    explicit http_attempt(attempt_terms terms);
    ~http_attempt() = default;

    [[nodiscard]] bool credential_at_hand();
    vmcp::awaitable<exchange_action> authorize_anew(exchange_action again);
    exchange_action authorized(const vmcp::result<credential_ptr>& given);
    exchange_action renew();

    [[nodiscard]] bool connection_at_hand(bool fresh);
    vmcp::awaitable<exchange_action> connect_anew(exchange_action again);
    exchange_action connected();
    exchange_action written(const exchange_result<void>& how);

    // `target` is where the request went, as of exchange_request.
    exchange_action head_read(read_end end, std::string_view target, const exchange_action& again);
    [[nodiscard]] bool body_at_hand();
    vmcp::awaitable<exchange_action> read_body(exchange_action again);
    exchange_action body_read();
    exchange_action some_read(read_end end, std::string_view piece, const exchange_action& again);
    vmcp::awaitable<exchange_action> drain();
    // The connection goes back to the pool, if it can be used again.
    exchange_action keep();
    [[nodiscard]] vmcp::reply reply();

    // `again` is the action that was under way, to be taken up when the wait was ended from here.
    exchange_action broken(const exchange_failure& why, const exchange_action& again);
    [[nodiscard]] bool cancelled() const {
        return terms_.cancellation != nullptr && terms_.cancellation->cancelled();
    }
    void close_connection();
    // The connection ends what waits for it when the request's time is over.
    void keep_time();

    const attempt_terms terms_;
    const backend_context& context_;
    worker& home_;
    exchange_machine machine_;
    credential_ptr credential_{};
    credential_ptr at_hand_; // for the next attempt; null: it is asked for
    std::unique_ptr<connection> connection_{};
    std::optional<client_exchange> http_{};

private:
    // True, once, when a wait was ended for something else than its failure.
    [[nodiscard]] virtual bool was_interrupted() { return false; }
    [[nodiscard]] virtual steady_clock::time_point ends_at() const { return machine_.until(); }
    exchange_action within_memory(exchange_action next);

    std::string text_{};              // of a whole answer
    vmcp::memory_claim text_memory_;  // of that, or of the event that is being read
    std::string struck_{};            // an error without the credentials that it repeated
    steady_clock::time_point ends_{}; // what the connection was told
};

} // namespace transport
