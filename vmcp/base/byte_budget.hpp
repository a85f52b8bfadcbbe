// So many bytes may be kept of something, and no more.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace vmcp {

// Thread-safe.
class byte_budget {
public:
    explicit byte_budget(std::size_t most)
        : used_(std::make_shared<std::atomic<std::size_t>>(0))
        , most_(most) {}

    // They are given back when the last copy of what this returns is gone, which may be after the budget itself. Null:
    // there are not so many left.
    [[nodiscard]] std::shared_ptr<const void> take(std::size_t bytes) {
        if (used_->fetch_add(bytes) + bytes > most_) {
            used_->fetch_sub(bytes);
            return nullptr;
        }
        return {this, [used = used_, bytes](const void*) { used->fetch_sub(bytes); }};
    }
    [[nodiscard]] std::size_t used() const noexcept { return used_->load(); }

private:
    const std::shared_ptr<std::atomic<std::size_t>> used_;
    const std::size_t most_;
};

} // namespace vmcp
