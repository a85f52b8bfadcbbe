#include "transport/mcp/back/backend_span.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/traceparent.hpp"

#include <algorithm>

namespace transport {
namespace {

const vmcp::trace_context& parent_of(const vmcp::call* call) {
    static const vmcp::trace_context none{};
    return call != nullptr ? call->terms().trace : none;
}

} // namespace

backend_span::backend_span(const vmcp::call* call, std::string_view backend, const vmcp::url& to)
    : call_(call) {
    const auto& parent = parent_of(call);
    if (!parent.known())
        return;
    span_.begin(parent, vmcp::span_kind::client);
    parent_ = vmcp::traceparent_text(span_.context());
    if (vmcp::tracing() != nullptr)
        raw_parent_ = "\"" + parent_ + "\"";
    auto* const record = span_.record();
    if (record == nullptr)
        return;
    const auto& m = call->request();
    record->name = std::string(m.method);
    record->add("mcp.method.name", m.method);
    if (m.method == "tools/call")
        record->add("gen_ai.tool.name", vmcp::unquoted(m.param.name.raw).value_or(""));
    record->add("vmcp.backend", backend);
    record->add("server.address", to.host);
    if (to.port != 0)
        record->add("server.port", std::int64_t{to.port});
}

void backend_span::add_to(std::vector<header_field>& fields) const {
    if (parent_.empty())
        return;
    std::erase_if(fields, [](const header_field& f) {
        return vmcp::iequals(f.name, vmcp::traceparent_field) ||
               vmcp::iequals(f.name, vmcp::tracestate_field);
    });
    fields.push_back({vmcp::traceparent_field, parent_});
    if (!span_.context().state.empty())
        fields.push_back({vmcp::tracestate_field, span_.context().state});
}

std::string_view backend_span::replaced() const {
    constexpr unsigned depth = 1'000;
    if (raw_parent_.empty())
        return {};
    const auto& m = call_->request();
    const bool room = std::ranges::any_of(m.surplus, [](std::string_view slice) { return slice.empty(); });
    if (!room || m.param.meta.kind != vmcp::json_kind::object || m.param.meta.empty())
        return {};
    const auto given = vmcp::json_optional(m.param.meta.raw, vmcp::traceparent_field, depth);
    return given.kind == vmcp::json_kind::string ? given.raw : std::string_view();
}

void backend_span::ended(const vmcp::failure* why, unsigned status) {
    auto* const record = span_.record();
    if (record == nullptr)
        return;
    if (status != 0)
        record->add("http.response.status_code", std::int64_t{status});
    if (why != nullptr)
        record->fail(row_of(why->code).name, why->message());
    span_.end();
}

} // namespace transport
