#include "transport/mcp/front/client_message.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/log.hpp"

#include <string>

namespace transport {

void take_client_message(const vmcp::message& m, vmcp::live_session& session) {
    if (m.type != vmcp::message::kind::notification) {
        if (!session.answer(m))
            vmcp::log::debug("a client answered a question that is no longer open");
    } else if (m.method == "notifications/cancelled") {
        session.cancel_call(m.param.request_id.raw, vmcp::json_optional(m.params.raw, "reason", 512).raw);
    } else if (m.method == "notifications/progress") {
        session.ask_progress(m);
    } else if (m.method == "notifications/roots/list_changed") {
        for (const auto& backend : session.backends())
            backend->roots_changed(vmcp::plain_text(m));
    }
    // Others, such as notifications/initialized, need nothing.
}

} // namespace transport
