// Counts while it lives: calls in flight, open streams.
#pragma once

#include <atomic>
#include <cstddef>

namespace vmcp {

class scoped_count {
public:
    explicit scoped_count(std::atomic<std::size_t>& n) : n_(n) { ++n_; }
    scoped_count(const scoped_count&) = delete;
    scoped_count& operator=(const scoped_count&) = delete;
    ~scoped_count() { --n_; }

private:
    std::atomic<std::size_t>& n_;
};

} // namespace vmcp
