// Who is given the lists that a client's own session with a backend has.
#pragma once

#include "vmcp/catalog/list_difference.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/client.hpp"

#include <memory>

namespace vmcp {

// Thread-safe.
class session_lists_taker {
public:
    virtual ~session_lists_taker() = default;
    // `key`: the session is client->backend(key). Tells the client what changed for it. Gives whether the client is now
    // shown something that not everybody is shown. `client` is not null.
    [[nodiscard]] virtual awaitable<bool> take(std::shared_ptr<client_session> client, const void* key,
                                               session_lists read) = 0;
};

} // namespace vmcp
