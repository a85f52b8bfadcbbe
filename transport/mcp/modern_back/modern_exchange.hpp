// One call of a client on a backend of the stateless revision, in as many rounds as the backend needs: what it wants to know is
// asked where the call came from, by whatever means its client has (MCP 2026-07-28, basic/patterns/mrtr).
#pragma once

#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/modern_back/input_round.hpp"
#include "transport/mcp/modern_back/modern_call.hpp"
#include "vmcp/catalog/mirrored_arguments.hpp"
#include "vmcp/model/backend.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace transport {

using mirrored_ptr = std::shared_ptr<const vmcp::mirrored_arguments>;

// Where they are references or pointers, they outlive the exchange.
struct modern_exchange_terms {
    const backend_context& context;
    std::atomic<std::uint64_t>& ids; // of requests to this backend
    std::chrono::milliseconds timeout{};
    vmcp::steady_clock::time_point until{}; // of the first round; each further one has `timeout` anew
    call_limit::place& place;               // given back while the client is asked
    credential_ptr with{};                  // of the first round
    call_facts& met;                        // told what failed
    // What of the arguments is repeated in fields, as the newest list says; null: nothing. `refreshed` reads that list anew,
    // after the backend has refused the fields.
    mirrored_ptr mirrored{};
    std::function<vmcp::awaitable<mirrored_ptr>()> refreshed{};
};

enum class modern_end : std::uint8_t {
    answered, // out.done() was called
    // The backend did nothing, and said so in a way that a backend of this revision would not, or that it speaks another one:
    // `doubtful` is set to what it said, where that was a message. Nothing was given to the sink.
    doubted,
};

class modern_exchange {
public:
    // As backend::exchange(), but for `doubted`.
    [[nodiscard]] static vmcp::awaitable<vmcp::result<modern_end>> run(const modern_exchange_terms& terms,
                                                                       const vmcp::outgoing& sent,
                                                                       vmcp::reply_sink& out,
                                                                       vmcp::kept_reply& doubtful);

private:
    modern_exchange(const modern_exchange_terms& terms, const vmcp::outgoing& sent, vmcp::reply_sink& out)
        : terms_(terms)
        , sent_(sent)
        , out_(out)
        , until_(terms.until)
        , responses_(sent.what->terms().input_responses) {}

    class round_sink;
    vmcp::awaitable<vmcp::result<void>> send(round_sink& answer);
    vmcp::awaitable<vmcp::result<void>> next_round(std::string_view raw_result, unsigned number);
    vmcp::awaitable<vmcp::result<std::string>> ask(const input_round& round);
    vmcp::awaitable<vmcp::result<void>> take_place();
    vmcp::awaitable<vmcp::result<modern_end>> give_up(vmcp::failure why);
    [[nodiscard]] vmcp::call& call() const noexcept { return *sent_.what; }
    [[nodiscard]] vmcp::failure refused(std::string_view raw_error) const;

    const modern_exchange_terms& terms_;
    const vmcp::outgoing& sent_;
    vmcp::reply_sink& out_;
    vmcp::steady_clock::time_point until_;
    mirrored_ptr mirrored_ = terms_.mirrored;
    std::string responses_; // raw, of the round that comes
    std::string state_{};
    unsigned silent_rounds_ = 0; // in a row in which it asked nothing
    std::optional<double> progress_{};
    vmcp::memory_claim held_{worker::current().memory(), vmcp::memory_class::answers};
};

// What of a backend's answer its client may read, whichever revision that speaks. Pure.

// The reply without what only clients of the stateless revision know: `resultType`, and, of what can be kept, `ttlMs` and
// `cacheScope`. `mended` holds the text where it had to be written anew.
[[nodiscard]] vmcp::reply without_stateless_members(const vmcp::reply& given, bool cacheable,
                                                    std::string& mended);

// The error of resources/read that says that there is no such resource, as the core knows it (-32002); empty: it is another one.
[[nodiscard]] std::string not_found_error(std::string_view raw_error);

// Whether a JSON-RPC error with that HTTP status means that its sender does not speak the stateless revision, or not this one.
// Positive proof is for others to find: a status alone proves nothing.
[[nodiscard]] bool doubts_revision(unsigned status, std::string_view raw_code) noexcept;

} // namespace transport
