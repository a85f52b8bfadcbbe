// So many bytes may be kept of something, and no more.
#pragma once

#include "vmcp/base/memory_ledger.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace vmcp {

// Thread-safe.
class byte_budget {
public:
    // A part of what `memory` has for things of that kind; null: of nothing larger.
    explicit byte_budget(std::size_t most, memory_ledger* memory = nullptr,
                         memory_class kind = memory_class::catalog)
        : used_(std::make_shared<std::atomic<std::size_t>>(0))
        , most_(most)
        , memory_(memory)
        , kind_(kind) {}

    // They are given back when the last copy of what this returns is gone, which may be after the budget itself. Null:
    // there are not so many left, also after everything gave way that could (memory_ledger::take). No lock may be held.
    [[nodiscard]] std::shared_ptr<const void> take(std::size_t bytes) {
        memory_claim of_all(memory_, kind_);
        const bool fits = used_->fetch_add(bytes) + bytes <= most_;
        if (!fits || !of_all.cover(bytes)) {
            used_->fetch_sub(bytes);
            return nullptr;
        }
        const auto held = std::make_shared<const memory_claim>(std::move(of_all));
        return {this, [used = used_, held, bytes](const void*) { used->fetch_sub(bytes); }};
    }
    [[nodiscard]] std::size_t used() const noexcept { return used_->load(); }

private:
    const std::shared_ptr<std::atomic<std::size_t>> used_;
    const std::size_t most_;
    memory_ledger* const memory_;
    const memory_class kind_;
};

} // namespace vmcp
