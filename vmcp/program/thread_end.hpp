// Ending the threads of the gateway, with a grace for what they still do.
#pragma once

#include "transport/net/worker.hpp"
#include "vmcp/program/end_request.hpp"

#include <functional>
#include <memory>
#include <span>

namespace vmcp {

// Waits until all threads have ended: goodbyes to backends, which have two seconds, go on until then. What does not
// end in time, or when `end` says not to wait, is cut. `last` runs on the control thread when the others have ended;
// it stops what keeps that one. False when a thread goes on in spite of all that. On no worker's thread.
[[nodiscard]] bool end_threads(std::span<const std::unique_ptr<transport::worker>> callers,
                               transport::worker& control, const end_request& end,
                               std::function<void()> last);

} // namespace vmcp
