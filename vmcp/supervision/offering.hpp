// What is offered to clients at one time, and the snapshot that is made of it.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/backend.hpp"
#include "vmcp/service/snapshot.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vmcp {

// All that a snapshot depends on.
struct offering {
    struct entry {
        std::string name{};
        std::shared_ptr<backend> for_calls{};         // never null
        std::shared_ptr<const backend_lists> lists{}; // null: nothing is known of it
        std::string withdrawn{};                      // why nothing of it is listed; empty: it is
    };
    std::shared_ptr<const config> settings{};
    std::vector<entry> backends{};   // in the order of every list
    memory_ledger* memory = nullptr; // what the views of it are drawn from; null: nobody counts them
    aside_runner aside{};            // where long ones are made; empty: where somebody asks for them
};

// Pure. What is withdrawn is hidden, one by one and with the reason, and still found by who asks for it by name.
[[nodiscard]] std::shared_ptr<const snapshot> make_snapshot(const offering& from);

} // namespace vmcp
