// What is shown of all backends, made when somebody asks: with many backends it is too much to keep current.
#pragma once

#include "health/status.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/supervision/backend_gate.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <memory>
#include <vector>

namespace vmcp {

struct fleet_view {
    health::overview health{};
    std::shared_ptr<const vmcp::catalog> catalog{}; // what is offered at that time, and what is hidden of it
    struct load {
        backend_load calls{};
        std::shared_ptr<const backend_gate> gate{}; // counts its calls; null: it cannot be used
    };
    std::vector<load> loads{}; // by the row in health.backends
    bool all_needed = false;   // partialFailureMode: fail
};

} // namespace vmcp
