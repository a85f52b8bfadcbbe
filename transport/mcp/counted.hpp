// Counts while it lives: calls in flight, open streams.
#pragma once

#include <atomic>
#include <cstddef>

namespace transport {

class counted {
public:
    explicit counted(std::atomic<std::size_t>& n) : n_(n) { ++n_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { --n_; }

private:
    std::atomic<std::size_t>& n_;
};

} // namespace transport
