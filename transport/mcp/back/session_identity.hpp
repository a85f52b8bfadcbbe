// The client and the caller for whom a session with a backend sends requests.
#pragma once

#include "vmcp/model/caller.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/version.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace transport {

// Thread-safe.
class session_identity {
public:
    // `client` is the client session that the backend session is for alone; null for one that several clients share
    // or the gateway's own. `caller` is null for the gateway's own.
    session_identity(std::string capabilities, vmcp::protocol_version v,
                     const std::shared_ptr<vmcp::client_session>& client,
                     std::shared_ptr<const vmcp::caller> caller)
        : client_capabilities(std::move(capabilities))
        , version(v)
        , of_one_client(client != nullptr)
        , of_gateway(client == nullptr && caller == nullptr)
        , client_(client)
        , caller_(std::move(caller)) {}

    const std::string client_capabilities; // raw, as told in the handshake
    const vmcp::protocol_version version;  // asked for
    const bool of_one_client;
    const bool of_gateway; // its own

    // The gateway's own session is one of clients, too, from now on: what the backend asks in it is theirs.
    void open_to_clients() noexcept { open_to_clients_ = true; }
    [[nodiscard]] bool has_no_client() const noexcept { return of_gateway && !open_to_clients_; }

    // The client session, while there is one; null for sessions that are not of one client.
    [[nodiscard]] std::shared_ptr<vmcp::client_session> client() const { return client_.lock(); }

    // In whose name requests go out that belong to no call: that of the last call's caller.
    [[nodiscard]] std::shared_ptr<const vmcp::caller> caller() const {
        const std::lock_guard lock(mutex_);
        return caller_;
    }
    void called_by(const std::shared_ptr<const vmcp::caller>& who) {
        const std::lock_guard lock(mutex_);
        if (caller_ != who)
            caller_ = who;
    }

private:
    const std::weak_ptr<vmcp::client_session> client_;
    std::atomic<bool> open_to_clients_{false};
    mutable std::mutex mutex_{};
    std::shared_ptr<const vmcp::caller> caller_;
};

} // namespace transport
