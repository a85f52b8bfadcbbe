// What clients of the stateless revision write: envelope and mirrored header fields, requestState, subscriptions, answers.
// The value of header fields comes before a line end, the body behind it.
#include "transport/mcp/front/input_required.hpp"
#include "transport/mcp/front/listen_stream.hpp"
#include "transport/mcp/front/mirrored_params.hpp"
#include "transport/mcp/front/modern_envelope.hpp"
#include "transport/mcp/front/modern_reply.hpp"
#include "transport/mcp/front/request_state.hpp"
#include "vmcp/base/canonical_json.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void read_request(std::string_view header, std::string_view body) {
    const auto m = vmcp::read_message(body);
    if (!m || m->type != vmcp::message::kind::request)
        return;
    transport::request_fields fields;
    fields.protocol_version = header;
    fields.mcp_method = m->method;
    fields.mcp_name = header;
    const auto read = transport::read_modern_envelope(fields, *m);
    if (read)
        require(header == "2026-07-28" && transport::speaks_stateless(fields, *m));
    const auto plain = transport::without_envelope(*m);
    const auto again = vmcp::read_message(plain);
    // A member given twice is one that this does not know; anything else stays a request, of the same id and method.
    require(again && again->id.raw == m->id.raw && again->method == m->method);
    require(!transport::named_revision(*again) && again->param.request_state.empty());
    static_cast<void>(transport::read_listen_filter(*m));
    const transport::field_lookup field = [&](std::string_view) { return transport::repeated_field{header}; };
    static_cast<void>(transport::mirror_problem(body, m->param.arguments.raw, field));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const transport::state_seal seal;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto line = all.find('\n');
    const auto header = all.substr(0, line);
    const auto body = line == std::string_view::npos ? std::string_view() : all.substr(line + 1);
    require(!seal.open(header));
    static_cast<void>(transport::mirrored_text(header));
    read_request(header, body);
    if (vmcp::json_valid(body) && body.starts_with('{')) {
        const transport::parked_questions open{
            std::make_shared<vmcp::parked_question>("q1", "elicitation/create", std::string(body))};
        require(vmcp::json_valid(transport::input_required(open, "1.state"), 100));
        static_cast<void>(transport::settle(open, body));
        if (const auto urls = transport::read_url_inputs(body))
            require(vmcp::json_valid(urls->result, 100));
        const auto canonical = vmcp::canonical_json(body);
        require(vmcp::json_valid(canonical) && vmcp::canonical_json(canonical) == canonical);
        require(vmcp::json_valid(transport::modern_error(body, R"("x:1")"), 100));
    }
    return 0;
}
