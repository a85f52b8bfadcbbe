#include "transport/mcp/front/request_fields.hpp"

#include "vmcp/base/ascii.hpp"

namespace transport {

namespace http = boost::beast::http;

namespace {

void set_once(std::string_view& contradiction, std::optional<std::string_view>& field, std::string_view name,
              std::string_view value) {
    if (!field)
        field = value;
    else if (*field != value)
        contradiction = name;
}

void take_custom_field(request_fields& out, std::string_view name, std::string_view value) {
    using vmcp::iequals;
    if (iequals(name, session_header))
        set_once(out.contradiction, out.session_id, session_header, value);
    else if (iequals(name, version_header))
        set_once(out.contradiction, out.protocol_version, version_header, value);
    else if (iequals(name, "Last-Event-ID"))
        set_once(out.contradiction, out.last_event_id, "Last-Event-ID", value);
    else if (iequals(name, "Mcp-Method"))
        set_once(out.mirror_contradiction, out.mcp_method, "Mcp-Method", value);
    else if (iequals(name, "Mcp-Name"))
        set_once(out.mirror_contradiction, out.mcp_name, "Mcp-Name", value);
    else if (iequals(name, "traceparent"))
        out.traceparent = out.traceparent.empty() ? value : std::string_view("twice");
    else if (iequals(name, "tracestate"))
        out.tracestate.append(out.tracestate.empty() ? "" : ",").append(value);
}

} // namespace

void append_cors_fields(std::vector<header_field>& out, std::string_view origin) {
    out.push_back({"Access-Control-Allow-Origin", origin});
    out.push_back({"Access-Control-Expose-Headers",
                   "DPoP-Nonce, Mcp-Session-Id, Retry-After, WWW-Authenticate, X-Request-Id"});
    out.push_back({"Vary", "Origin"});
}

request_fields read_request_fields(const request_reader::header_type& head) {
    request_fields out;
    for (const auto& field : head) {
        const std::string_view value = field.value();
        switch (field.name()) {
        case http::field::origin:
            out.origin = value; // http_policy has refused a second one
            break;
        case http::field::authorization:
            out.authorization = value;
            break;
        case http::field::content_type:
            out.content_type = value;
            break;
        case http::field::accept:
            out.accepts.add(value);
            break;
        case http::field::via:
            out.via.append(out.via.empty() ? "" : ",").append(value);
            break;
        case http::field::unknown:
            take_custom_field(out, field.name_string(), value);
            break;
        default: // the hundreds of fields that say nothing to MCP
            break;
        }
    }
    return out;
}

} // namespace transport
