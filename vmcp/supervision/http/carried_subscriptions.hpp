// What clients subscribed to at a backend, so that it is subscribed to again when the backend is found to speak another revision
// than it did: what it had been told is gone with the one before.
#pragma once

#include "vmcp/model/backend.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/client.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace vmcp {

// Thread-safe. Clients that are gone are forgotten. Each client is bounded by what backends take of its subscriptions.
class carried_subscriptions {
public:
    // `request` was a resources/subscribe or resources/unsubscribe that its backend took.
    void took(const outgoing& request);

    // Subscribes to all of them at `at`, one after the other, in the names of those who did; and tells each client that its resources
    // may have changed, as nobody heard of that meanwhile. `expose`: what a client calls a resource.
    static awaitable<void>
    subscribe_again(std::shared_ptr<carried_subscriptions> self, std::shared_ptr<backend> at,
                    std::function<std::string(client_session&, const std::string&)> expose);

    [[nodiscard]] std::size_t clients() const;

private:
    struct wish {
        std::weak_ptr<client_session> client{};
        call_terms terms{}; // without the session
        std::set<std::string> uris{};
    };
    [[nodiscard]] std::vector<wish> all();

    mutable std::mutex mutex_{};
    std::map<const client_session*, wish> by_client_{};
};

} // namespace vmcp
