// The envelope of one JSON-RPC message (MCP, "Base Protocol: Messages"), read in one validating pass.
// Everything is a slice of the original bytes, so that ids, tokens and payloads travel on exactly as they
// were written.
#pragma once

#include "vmcp/base/gather.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Members of `params` that a gateway must know. Raw slices, empty when absent.
struct param_slices {
    json_slice name{};            // tools/call, prompts/get
    json_slice arguments{};       // tools/call, prompts/get
    json_slice uri{};             // resources/*, notifications/resources/updated
    json_slice cursor{};          // lists
    json_slice level{};           // logging/setLevel, notifications/message
    json_slice ref{};             // completion/complete
    json_slice request_id{};      // notifications/cancelled
    json_slice progress_token{};  // notifications/progress: the token itself
    json_slice meta{};            // params._meta
    json_slice request_state{};   // retries of MCP 2026-07-28, basic/patterns/mrtr
    json_slice input_responses{}; // the same
    json_slice meta_token{};      // params._meta.progressToken: the token a request asks progress for
};

// Members of the envelope that are null where the protocol has none ("error": null beside a result), each with one comma
// next to it: without these slices the message is what a strict reader takes. They never overlap.
using surplus_slices = std::array<std::string_view, 3>;

struct message {
    enum class kind : std::uint8_t { request, notification, response, error };

    kind type = kind::notification;
    std::string_view whole{}; // the object, without white space around it
    json_slice id{}; // string or number, as written; empty for a notification, may be empty for an error
    std::string_view method{}; // decoded; requests and notifications
    json_slice params{};
    param_slices param{};
    json_slice result{};
    json_slice error{};
    bool tool_failed = false; // result.isError is true (MCP, "Tools": CallToolResult)
    json_slice result_meta{}; // result._meta
    json_slice result_type{}; // result.resultType (MCP 2026-07-28, basic: Result)
    surplus_slices surplus{}; // slices of `whole`
};

// Reads one message. `text` must outlive the message. Failures: parse_error (not JSON, with the offset),
// invalid_request (JSON but no JSON-RPC 2.0 message: wrong `jsonrpc`, an id that is neither string nor
// number, a member given twice, params that are no object or array, ...). A member given twice is refused
// because two readers would otherwise see two different calls. `method`, `params`, `error`, and `result` beside a method
// or an error, count as absent when they are null, and so do `cursor`, `_meta` and `_meta.progressToken` of params; an id
// that is null does not, but in an error.
[[nodiscard]] result<message> read_message(std::string_view text, unsigned max_depth = default_json_depth);

// The same message with its slices in `text`, which is a copy of `m.whole`.
[[nodiscard]] message moved_message(const message& m, std::string_view text) noexcept;

// `text` is spliced from `m.whole`, or from the text that it is a slice of: what is surplus in it is left out.
void leave_out(splice& text, const surplus_slices& surplus);
// A message as another peer may get it: `m.whole` without what is surplus.
[[nodiscard]] std::string plain_text(const message& m);

// Splits a JSON-RPC batch into its elements. Fails like read_message when `text` is no array of values or has
// more than `limit`.
[[nodiscard]] result<std::vector<std::string_view>> read_batch(std::string_view text, std::size_t limit,
                                                               unsigned max_depth = default_json_depth);

// Whether the text starts like a batch.
[[nodiscard]] bool looks_like_batch(std::string_view text) noexcept;

// Complete messages, ready to be sent. `id` is a raw token; empty, in an error that belongs to no readable request: null
// (JSON-RPC 2.0, "Response object"; there are clients that cannot show an error without the member). `params`, `result`
// and `data` are raw JSON; `message_text` is plain text.
[[nodiscard]] std::string result_message(std::string_view id, std::string_view result);
[[nodiscard]] std::string error_message(std::string_view id, int code, std::string_view message_text,
                                        std::string_view data = {});
[[nodiscard]] std::string error_message(std::string_view id, const failure& why);
[[nodiscard]] std::string request_message(std::string_view id, std::string_view method,
                                          std::string_view params = {});
[[nodiscard]] std::string notification_message(std::string_view method, std::string_view params = {});

// `request` (of a backend) under an id of the gateway's, which takes the place of its progress token too.
[[nodiscard]] std::string question_message(std::uint64_t id, const message& request);
// An error that belongs to no request that could be read, as stateless revisions want it: without an id (MCP 2026-07-28,
// schema: JSONRPCErrorResponse).
[[nodiscard]] std::string orphan_error_message(const failure& why);
// notifications/cancelled; `reason` is a raw JSON string or empty.
[[nodiscard]] std::string cancelled_message(std::string_view raw_id, std::string_view reason);
// A notifications/*/list_changed for each bit of changed_lists (vmcp/model/client.hpp).
[[nodiscard]] std::vector<std::string> list_changed_messages(unsigned kinds);

} // namespace vmcp
