// What the audit log is told of a client's request: one record for each message of a client, however it ended.
#pragma once

#include "transport/mcp/front/call_counters.hpp"
#include "vmcp/model/audit.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/reply.hpp"
#include "vmcp/model/waiting.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

struct admitted_request;

// Whether one HTTP request is recorded, and since when it is judged. What is wanted does not change while it runs.
struct audit_trail {
    explicit audit_trail(vmcp::audit_sink* sink)
        : to(sink)
        , terms(sink != nullptr ? sink->terms() : nullptr)
        , began(terms ? vmcp::steady_clock::now() : vmcp::steady_clock::time_point{}) {}

    [[nodiscard]] bool on() const noexcept { return terms != nullptr; }

    vmcp::audit_sink* to;
    std::shared_ptr<const vmcp::audit_terms> terms; // null: nothing is recorded
    vmcp::steady_clock::time_point began;
};

// How one call was answered.
struct answer_note {
    std::size_t keep = 0; // bytes of the response
    vmcp::audit_data response{};
    std::optional<int> code{}; // of the JSON-RPC error
    std::string message{};
    std::string_view reason{}; // a failure of the gateway's own
    bool denied = false;

    void answered(const vmcp::reply& reply);
    void failed(const vmcp::failure& why);
    void wrote(const vmcp::gather& response_message);
};

[[nodiscard]] answer_note note_for(const admitted_request& request);

// Each does nothing where nothing is recorded. `m` is null where no message could be read.
void audit_refusal(const admitted_request& request, const vmcp::failure& why, const vmcp::message* m);
void audit_call(const admitted_request& request, const vmcp::message& m, std::string_view backend,
                call_end end, answer_note note, std::size_t answer_bytes,
                vmcp::steady_clock::time_point began);
// A message that was taken and has no answer: a notification, or the answer to a question.
void audit_message(const admitted_request& request, const vmcp::message& m);
// initialize, with the text of the response.
void audit_initialize(const admitted_request& request, const vmcp::message& m, std::string_view response);
// GET (when its stream begins) and DELETE.
void audit_plain(const admitted_request& request);

} // namespace transport
