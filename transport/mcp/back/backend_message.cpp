#include "transport/mcp/back/backend_message.hpp"

#include <string_view>

namespace transport {

using vmcp::message;

backend_says kind_of(const message& m) noexcept {
    if (m.type == message::kind::request)
        return backend_says::question;
    if (m.type != message::kind::notification)
        return backend_says::response;
    constexpr std::string_view prefix = "notifications/";
    if (!m.method.starts_with(prefix))
        return backend_says::notification;
    const auto name = m.method.substr(prefix.size());
    if (name == "progress")
        return backend_says::progress;
    if (name == "message")
        return backend_says::log;
    if (name == "cancelled")
        return backend_says::withdrawal;
    if (name == "resources/updated")
        return backend_says::resource_updated;
    if (name == "tools/list_changed" || name == "prompts/list_changed" || name == "resources/list_changed")
        return backend_says::lists_changed;
    return backend_says::notification;
}

vmcp::answer_kind reply_kind_of(const message& m, std::string_view method) noexcept {
    if (m.type == message::kind::error)
        return vmcp::answer_kind::error;
    return m.tool_failed && method == "tools/call" ? vmcp::answer_kind::tool_error
                                                   : vmcp::answer_kind::result;
}

} // namespace transport
