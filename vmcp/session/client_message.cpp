#include "vmcp/session/client_message.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <string>

namespace vmcp {

bool take_client_message(const message& m, live_session& session) {
    if (m.type != message::kind::notification)
        return session.answer(m);
    if (m.method == "notifications/cancelled")
        return session.cancel_call(m.param.request_id.raw, json_optional(m.params.raw, "reason", 512).raw);
    if (m.method == "notifications/progress")
        return session.ask_progress(m);
    if (m.method == "notifications/roots/list_changed") {
        for (const auto& backend : session.backends())
            backend->roots_changed(plain_text(m));
        return false;
    }
    return true; // others, such as notifications/initialized, need nothing
}

} // namespace vmcp
