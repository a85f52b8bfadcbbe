#include "transport/mcp/front/audit_trail.hpp"

#include "transport/mcp/front/access_log.hpp"
#include "transport/mcp/front/admitted_request.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <charconv>
#include <utility>

namespace transport {

using vmcp::audit_outcome;
using vmcp::audit_record;
using vmcp::audit_type;
using vmcp::steady_clock;

namespace {

constexpr std::size_t longest_word = 1024; // bytes that are kept of what peers call themselves and things
constexpr std::size_t longest_name = 4096;

std::string front_of(std::string_view text, std::size_t limit) {
    return std::string(text.substr(0, limit));
}

// A GET is for an event stream; what else has no message is just a request.
audit_type type_of(const admitted_request& request, const vmcp::message* m) {
    if (m != nullptr)
        return vmcp::audit_type_of(m->method);
    return request.http.head.method() == boost::beast::http::verb::get ? audit_type::sse_connection
                                                                       : audit_type::http_request;
}

bool wanted(const admitted_request& request, const vmcp::message* m) {
    return request.audit.on() && request.audit.terms->wants(type_of(request, m));
}

// What came with the request and may be repeated in what is recorded of it.
std::vector<std::string> credentials_of(const admitted_request& request) {
    std::vector<std::string> out;
    if (!request.fields.authorization.empty() && (!request.from || request.from->token.empty()))
        out.emplace_back(request.fields.authorization);
    if (request.audit.terms->request_bytes > 0 || request.audit.terms->response_bytes > 0)
        for (auto& [name, value] : request.passed_through())
            out.push_back(std::move(value));
    return out;
}

audit_record record_of(const admitted_request& request, const vmcp::message* m,
                       steady_clock::time_point began) {
    constexpr std::size_t session_prefix = 8;
    audit_record out{
        .type = type_of(request, m),
        .at = std::chrono::system_clock::now(),
        .took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began),
        .address = request.http.connection.peer(),
        .user_agent = front_of(request.http.field("User-Agent"), longest_word),
        .request_id = request.id,
        .session = front_of(request.fields.session_id.value_or(""), session_prefix),
        .from = request.from,
        .endpoint = front_of(request.http.path, longest_word),
        .http_method = front_of(std::string_view(request.http.head.method_string()), longest_word),
        .credentials = credentials_of(request)};
    if (m == nullptr) {
        out.request.take(request.http.body, request.audit.terms->request_bytes);
        return out;
    }
    out.method = front_of(m->method, longest_word);
    out.name = front_of(subject_of(*m), longest_name);
    out.request.take(m->whole, request.audit.terms->request_bytes);
    return out;
}

} // namespace

// ---- answers ----

void answer_note::answered(const vmcp::reply& reply) {
    if (reply.kind != vmcp::answer_kind::error)
        return;
    const auto number = vmcp::json_member(reply.body, "code", 512).raw;
    if (int value = 0; std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc())
        code = value;
    const auto text = vmcp::json_member(reply.body, "message", 512);
    if (text.kind == vmcp::json_kind::string)
        message = front_of(vmcp::unquoted(text.raw).value_or(""), longest_word);
}

void answer_note::failed(const vmcp::failure& why) {
    const auto& row = row_of(why.code);
    code = row.rpc_code;
    message = front_of(why.message(), longest_word);
    reason = row.name;
    denied = vmcp::audit_outcome_of(row.http_status) == audit_outcome::denied;
}

void answer_note::wrote(const vmcp::gather& response_message) {
    if (keep == 0)
        return;
    for (const auto piece : response_message.pieces())
        response.take(piece, keep);
}

answer_note note_for(const admitted_request& request) {
    return {.keep = request.audit.on() ? request.audit.terms->response_bytes : 0};
}

// ---- records ----

void audit_refusal(const admitted_request& request, const vmcp::failure& why, const vmcp::message* m) {
    if (!wanted(request, m))
        return;
    auto out = record_of(request, m, request.audit.began);
    const auto& row = row_of(why.code);
    out.outcome = vmcp::audit_outcome_of(row.http_status);
    // What has a status of its own within JSON-RPC only was refused all the same.
    if (out.outcome == audit_outcome::success)
        out.outcome = audit_outcome::failure;
    out.error_code = row.rpc_code;
    out.error_message = front_of(why.message(), longest_word);
    out.reason = row.name;
    request.audit.to->record(std::move(out));
}

void audit_call(const admitted_request& request, const vmcp::message& m, std::string_view backend,
                call_end end, answer_note note, std::size_t answer_bytes, steady_clock::time_point began) {
    if (!wanted(request, &m))
        return;
    auto out = record_of(request, &m, began);
    out.backend = backend;
    out.cancelled = end == call_end::cancelled;
    if (out.cancelled)
        out.outcome = audit_outcome::failure;
    else if (note.denied)
        out.outcome = audit_outcome::denied;
    else if (end != call_end::success && request.audit.terms->detect_errors)
        out.outcome = audit_outcome::application_error;
    out.error_code = note.code;
    out.error_message = std::move(note.message);
    out.reason = note.reason;
    out.answer_bytes = answer_bytes;
    out.response = std::move(note.response);
    request.audit.to->record(std::move(out));
}

void audit_message(const admitted_request& request, const vmcp::message& m) {
    if (wanted(request, &m))
        request.audit.to->record(record_of(request, &m, request.audit.began));
}

void audit_initialize(const admitted_request& request, const vmcp::message& m, std::string_view response) {
    if (!wanted(request, &m))
        return;
    auto out = record_of(request, &m, request.audit.began);
    const auto info = vmcp::json_optional(m.params.raw, "clientInfo", 512).raw;
    const auto said = [&](std::string_view key) {
        const auto raw = vmcp::json_optional(info, key, 512);
        return raw.kind == vmcp::json_kind::string
                   ? front_of(vmcp::unquoted(raw.raw).value_or(""), longest_word)
                   : std::string();
    };
    out.client_name = said("name");
    out.client_version = said("version");
    out.answer_bytes = response.size();
    out.response.take(response, request.audit.terms->response_bytes);
    request.audit.to->record(std::move(out));
}

void audit_plain(const admitted_request& request) {
    if (wanted(request, nullptr))
        request.audit.to->record(record_of(request, nullptr, request.audit.began));
}

} // namespace transport
