// What one client holds of a backend session that several clients share. The client's end is not the session's.
#pragma once

#include "transport/mcp/back/http_session.hpp"
#include "transport/mcp/back/shared_audience.hpp"
#include "vmcp/model/client.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace transport {

// Which session it is in is known when the credential of a call is: until then it keeps what the client wants of it.
// Thread-safe; on workers.
class shared_seat final : public vmcp::backend_session {
public:
    explicit shared_seat(const std::shared_ptr<vmcp::client_session>& client)
        : client_(client)
        , who_(client.get()) {}

    // The client's calls go to that session from now on.
    void move_to(const std::shared_ptr<http_session>& session);

    void roots_changed(std::string notification) override;
    void set_log_level(vmcp::log_level level) override;
    void listen() override;
    void stop_listening() override;
    void remember_subscription(const std::string& uri, bool subscribed) override;
    void close() override;

private:
    [[nodiscard]] std::shared_ptr<http_session> session() const;
    void leave(http_session& session) const;

    const std::weak_ptr<vmcp::client_session> client_;
    const shared_audience::who who_; // only to tell it from others
    mutable std::mutex mutex_{};
    std::shared_ptr<http_session> session_{}; // null: none yet
    bool listens_ = false;
    bool closed_ = false;
};

} // namespace transport
