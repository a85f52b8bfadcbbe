// Where client sessions are kept: in this process, or in a store that other replicas share.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/session/live_session.hpp"
#include "vmcp/session/session_table.hpp"

#include <memory>
#include <string_view>

namespace vmcp {

// Thread-safe.
class session_store {
public:
    virtual ~session_store() = default;

    // Keeps a new session. Fails with errc::too_many_sessions or errc::sessions_unreachable.
    [[nodiscard]] virtual awaitable<result<std::shared_ptr<live_session>>> open(session_record from) = 0;

    // The session of that id, touched: its idle time starts again. errc::session_not_found when there is none, or when
    // it belongs to somebody else: whoever merely knows an id learns nothing and harms nothing. errc::sessions_unreachable when
    // nobody can say.
    [[nodiscard]] virtual awaitable<result<std::shared_ptr<live_session>>>
    find(std::string_view id, const identity& who, touch_by cause) = 0;

    // Takes it out for good and closes it; nothing when it is not there any more.
    virtual awaitable<void> end(std::shared_ptr<live_session> session, session_end why) = 0;

    // Other processes serve the same sessions.
    [[nodiscard]] virtual bool shared() const noexcept { return false; }

    // What the client of a session sends besides requests (client_message.hpp): to whoever waits for it.
    virtual void take(const message& m, const std::shared_ptr<live_session>& session) = 0;
};

// Sessions that live and die with this process.
class memory_session_store final : public session_store {
public:
    explicit memory_session_store(session_table& table) : table_(table) {}

    awaitable<result<std::shared_ptr<live_session>>> open(session_record from) override;
    awaitable<result<std::shared_ptr<live_session>>> find(std::string_view id, const identity& who,
                                                          touch_by cause) override;
    awaitable<void> end(std::shared_ptr<live_session> session, session_end why) override;
    void take(const message& m, const std::shared_ptr<live_session>& session) override;

private:
    session_table& table_;
};

} // namespace vmcp
