// Under which URI a client is told of a resource.
#pragma once

#include "vmcp/catalog/catalog.hpp"
#include "vmcp/model/client.hpp"

#include <cstdint>
#include <string>

namespace vmcp {

// The form of a URI that the backend of that number wrote: the same, or a wrapped one where the same would lead the client to
// another backend. What no list has is the first one's that mentions it to this client (`session`), and so is what comes back with
// it; where nothing is remembered, as for clients without a session (null), the form itself has to say whose it is.
[[nodiscard]] std::string exposed_uri(client_session* session, const catalog& names, std::uint32_t backend,
                                      const std::string& uri);

} // namespace vmcp
