// Waiting for a credential no longer than the request may that needs it.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/credentials.hpp"

#include <memory>

namespace transport {

// What credential_source::credential_for() gives for `who`, or at_hand() where that gives one; errc::cancelled when
// `control`, which may be null, is cancelled first, and errc::backend_timeout when `until` comes first. What was begun to be
// fetched is fetched to the end: others may wait for it, and the next request will want it. On a worker. Callers on the path of a
// call ask at_hand() themselves before, which saves the frame of this.
[[nodiscard]] vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::credential>>>
credential_in(std::shared_ptr<vmcp::credential_source> from, std::shared_ptr<const vmcp::caller> who,
              vmcp::steady_clock::time_point until, vmcp::cancellation* control);

} // namespace transport
