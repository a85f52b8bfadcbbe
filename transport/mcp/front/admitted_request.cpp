#include "transport/mcp/front/admitted_request.hpp"

#include "transport/mcp/front/modern_envelope.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"

#include <algorithm>

namespace transport {

asio::awaitable<void> admitted_request::refuse(vmcp::failure why, std::vector<header_field> more) const {
    // Nobody may have read the message yet. A client that waits for an answer by its id could not show the error otherwise.
    const auto m = vmcp::read_message(http.body, settings->max_json_depth);
    const auto rpc_id = m && m->type == vmcp::message::kind::request ? std::string(m->id.raw) : std::string();
    audit_refusal(*this, why, m ? &*m : nullptr);
    if (vmcp::log::enabled(vmcp::log::level::debug))
        vmcp::log::debug("refused id={} {} {}: {}", id, http.head.method_string(),
                         vmcp::excerpt_of(http.path), why.message());
    // What may work in a moment says so to clients that know nothing of JSON-RPC (RFC 9110, 10.2.3).
    const auto& row = row_of(why.code);
    const bool later = row.http_status == 503 || row.http_status == 429;
    if (later && std::ranges::none_of(more, [](const auto& f) { return f.name == "Retry-After"; }))
        more.push_back({"Retry-After", "1"});
    more.insert(more.begin(), common.begin(), common.end());
    why = with_request_id(std::move(why), id);
    const bool stateless = fields.protocol_version && is_stateless_revision(*fields.protocol_version);
    const std::string body =
        rpc_id.empty() && stateless ? vmcp::orphan_error_message(why) : vmcp::error_message(rpc_id, why);
    co_await http.connection.respond(row.http_status, "application/json", vmcp::gather(body), more);
}

} // namespace transport
