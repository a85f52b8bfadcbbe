#include "vmcp/model/audit.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

constexpr std::array<std::pair<std::string_view, audit_type>, 11> types{{
    {"initialize", audit_type::mcp_initialize},
    {"tools/call", audit_type::mcp_tool_call},
    {"tools/list", audit_type::mcp_tools_list},
    {"resources/read", audit_type::mcp_resource_read},
    {"resources/list", audit_type::mcp_resources_list},
    {"prompts/get", audit_type::mcp_prompt_get},
    {"prompts/list", audit_type::mcp_prompts_list},
    {"ping", audit_type::mcp_ping},
    {"logging/setLevel", audit_type::mcp_logging},
    {"completion/complete", audit_type::mcp_completion},
    {"notifications/roots/list_changed", audit_type::mcp_roots_list_changed},
}};

} // namespace

audit_type audit_type_of(std::string_view method) noexcept {
    if (method.empty())
        return audit_type::http_request;
    for (const auto& [name, type] : types)
        if (name == method)
            return type;
    return method.starts_with("notifications/") ? audit_type::mcp_notification : audit_type::mcp_request;
}

audit_outcome audit_outcome_of(unsigned http_status) noexcept {
    if (http_status == 401 || http_status == 403)
        return audit_outcome::denied;
    if (http_status >= 500)
        return audit_outcome::error;
    return http_status >= 400 ? audit_outcome::failure : audit_outcome::success;
}

void audit_data::take(std::string_view piece, std::size_t limit) {
    const auto room = limit - std::min(limit, text.size());
    text.append(piece.substr(0, room));
    cut = cut || piece.size() > room;
}

std::size_t audit_record::weight() const noexcept {
    std::size_t out = sizeof *this;
    for (const auto* one :
         {&address, &user_agent, &request_id, &session, &client_name, &client_version, &endpoint, &method,
          &http_method, &name, &backend, &error_message, &request.text, &response.text})
        out += one->size();
    for (const auto& one : credentials)
        out += one.size() + sizeof one;
    return out;
}

} // namespace vmcp
