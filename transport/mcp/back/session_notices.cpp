#include "transport/mcp/back/session_notices.hpp"

#include "transport/mcp/back/backend_message.hpp"
#include "vmcp/base/gather.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <vector>

namespace transport {

bool session_notices::take(const vmcp::message& m) {
    switch (kind_of(m)) {
    case backend_says::withdrawal:
        router_.withdraw_question(m.param.request_id.raw, vmcp::json_optional(m.params.raw, "reason").raw);
        return true;
    case backend_says::lists_changed:
        // Clients are told when the merged list has changed for them, which is not the same.
        context_.guard->lists_changed();
        if (as_.of_one_client)
            own_lists_.announced();
        else
            context_.everybody_told->store(vmcp::steady_clock::now());
        return true;
    case backend_says::resource_updated:
        send_update(m);
        return true;
    case backend_says::response:
    case backend_says::progress:
    case backend_says::question:
    case backend_says::log:
    case backend_says::notification:
        break;
    }
    return false;
}

void session_notices::may_have_changed(const std::set<std::string>& uris) {
    for (const auto& uri : uris) {
        const auto text = vmcp::notification_message("notifications/resources/updated",
                                                     fmt::format(R"({{"uri":{}}})", vmcp::quoted(uri)));
        if (const auto m = vmcp::read_message(text))
            send_update(*m);
    }
}

void session_notices::send_update(const vmcp::message& m) {
    const auto uri = vmcp::unquoted(m.param.uri.raw).value_or("");
    const auto owner = as_.client();
    const auto to = owner ? std::vector{owner} : audience_.subscribers(uri);
    for (const auto& client : to) {
        const auto stream = client->stream();
        if (!stream)
            continue;
        vmcp::splice text(m.whole);
        const auto called = context_.expose_uri(*client, uri);
        const auto exposed = vmcp::quoted(called);
        if (called != uri)
            text.replace(m.param.uri.raw, exposed);
        vmcp::leave_out(text, m.surplus);
        stream->send(text.pieces().str());
    }
}

} // namespace transport
