// One backend of the running fleet, and what belongs to it.
#pragma once

#include "vmcp/supervision/backend_gate.hpp"
#include "vmcp/supervision/list_keeper.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace vmcp {

// Control thread only.
struct member {
    backend_config definition{};
    std::string problem{};                // why it cannot be used; empty: it can
    std::shared_ptr<backend> for_calls{}; // never null
    // Null where it cannot be used.
    std::shared_ptr<supervised_backend> port{};
    std::shared_ptr<backend_gate> gate{};
    std::shared_ptr<list_keeper> lists{};
    std::uint64_t generation = 0; // the monitor's

    [[nodiscard]] bool usable() const noexcept { return port != nullptr; }
};

} // namespace vmcp
