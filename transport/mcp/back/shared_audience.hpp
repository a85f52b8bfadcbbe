// Who shares one backend session: which clients want updates of which resource, and how much they want to be logged.
#pragma once

#include "vmcp/model/client.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// Thread-safe. No I/O: the session says to the backend what comes out of here. A client is known from join() to
// leave(); for one that is not, nothing is kept.
class shared_audience {
public:
    using who = const vmcp::client_session*;

    void join(const std::shared_ptr<vmcp::client_session>& client);
    // Gives the resources that nobody wants any more.
    [[nodiscard]] std::vector<std::string> leave(who client);

    void subscribe(who client, const std::string& uri);
    // Who still wants it; `unchanged`: the client did not.
    enum class remaining : std::uint8_t { unchanged, nobody, others };
    remaining unsubscribe(who client, const std::string& uri);
    // True when others want it: `client` is not among them any more, and the backend need not know.
    bool step_aside(who client, const std::string& uri);
    [[nodiscard]] std::size_t subscriptions_of(who client) const;
    [[nodiscard]] std::set<std::string> uris_of(who client) const;
    [[nodiscard]] bool empty() const;   // nobody has joined
    [[nodiscard]] bool listens() const; // any of them has a stream open
    // The one who has joined; null when there is none, or more than one.
    [[nodiscard]] std::shared_ptr<vmcp::client_session> only() const;
    // Who is to hear of an update of `uri`: who subscribed to it, else to a resource that it is a part of (MCP
    // 2025-11-25, server/resources, "Subscriptions": an update may name a sub-resource).
    [[nodiscard]] std::vector<std::shared_ptr<vmcp::client_session>> subscribers(std::string_view uri) const;

    // Gives the level the backend is to be told: the lowest that any client wants; unset while none has said.
    vmcp::log_level set_level(who client, vmcp::log_level level);
    [[nodiscard]] vmcp::log_level level() const;

private:
    struct member {
        std::weak_ptr<vmcp::client_session> client{};
        std::set<std::string> uris{};
        vmcp::log_level level = vmcp::log_level::unset;
    };

    [[nodiscard]] vmcp::log_level level_locked() const;
    bool remove_locked(who client, const std::string& uri);

    mutable std::mutex mutex_{};
    std::map<who, member> members_{};
    std::map<std::string, std::set<who>, std::less<>> by_uri_{};
};

} // namespace transport
