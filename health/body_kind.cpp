#include "health/body_kind.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/byte_order_mark.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <algorithm>

namespace health {

std::string_view name_of(body_kind kind) noexcept {
    switch (kind) {
    case body_kind::none:
        return "none";
    case body_kind::empty:
        return "empty";
    case body_kind::rpc_error:
        return "json-rpc error";
    case body_kind::json:
        return "json";
    case body_kind::html:
        return "html";
    case body_kind::text:
        return "text";
    case body_kind::binary:
        return "binary";
    }
    return "none";
}

body_kind kind_of_body(std::string_view content_type, std::string_view body) noexcept {
    body = vmcp::without_byte_order_mark(body);
    const auto start = body.find_first_not_of(" \t\r\n\v\f");
    if (start == std::string_view::npos)
        return body_kind::empty;
    const std::string_view text = body.substr(start);
    if (vmcp::json_valid(text)) {
        const bool rpc =
            !vmcp::json_member(text, "jsonrpc").empty() && !vmcp::json_optional(text, "error").empty();
        return rpc ? body_kind::rpc_error : body_kind::json;
    }
    if (vmcp::istarts_with(text, "<!doctype html") || vmcp::istarts_with(text, "<html") ||
        vmcp::icontains(content_type, "text/html"))
        return body_kind::html;
    if (vmcp::looks_binary(text))
        return body_kind::binary;
    if (vmcp::icontains(content_type, "json") && (text.front() == '{' || text.front() == '['))
        return body_kind::json;
    return body_kind::text;
}

} // namespace health
