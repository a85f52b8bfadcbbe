#include "vmcp/session/session_store.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/session/client_message.hpp"

namespace vmcp {

awaitable<result<std::shared_ptr<live_session>>> memory_session_store::open(session_record from) {
    co_return table_.add(std::move(from), steady_clock::now());
}

awaitable<result<std::shared_ptr<live_session>>>
memory_session_store::find(std::string_view id, const identity& who, touch_by cause) {
    if (auto found = table_.find(id, who, steady_clock::now(), cause))
        co_return found;
    co_return fail(errc::session_not_found, "it ended or never was; send initialize to open a new one");
}

awaitable<void> memory_session_store::end(std::shared_ptr<live_session> session, session_end why) {
    table_.end(session, why);
    co_return;
}

void memory_session_store::take(const message& m, const std::shared_ptr<live_session>& session) {
    if (!take_client_message(m, *session) && m.type != message::kind::notification)
        log::debug("a client answered a question that is no longer open");
}

} // namespace vmcp
