// One probe under way, whatever kind of backend it asks.
#pragma once

#include "health/moment.hpp"
#include "health/probe_machine.hpp"
#include "vmcp/model/awaitable.hpp"

#include <optional>

namespace vmcp {

// On one thread.
class backend_probe {
public:
    virtual ~backend_probe() = default;
    // Once. Ends by `deadline` at the latest.
    virtual awaitable<health::probe_result> run(health::steady_time deadline) = 0;
    // Makes run() end soon, with health::finding::cancelled.
    virtual void cancel() = 0;
    // Since when the backend has had a request of this probe and has not begun to answer it; nothing: it has none.
    [[nodiscard]] virtual std::optional<health::steady_time> asking_since() const = 0;
};

} // namespace vmcp
