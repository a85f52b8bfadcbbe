// Descriptors that are kept for those who must be served when there are no others: each of them holds a place in the
// process's table, and is given up for it.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace transport {

// Thread-safe.
class descriptor_reserve {
public:
    explicit descriptor_reserve(std::size_t size) : size_(size) { refill(); }
    ~descriptor_reserve();
    descriptor_reserve(const descriptor_reserve&) = delete;
    descriptor_reserve& operator=(const descriptor_reserve&) = delete;

    // Gives one up: the caller opens its own at once. False: none is left.
    [[nodiscard]] bool lend() noexcept;
    // Takes back what can be had, and never the last one of the process.
    void refill();
    [[nodiscard]] std::size_t held() const;

private:
    const std::size_t size_;
    mutable std::mutex mutex_{};
    std::vector<int> held_{};
};

} // namespace transport
