// A value that many read and few replace, whole.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace vmcp {

// Holds the current value of something immutable. Thread-safe; readers keep what they got as long as they
// like.
template <class T>
class published {
public:
    explicit published(std::shared_ptr<const T> first) : value_(std::move(first)) {}

    [[nodiscard]] std::shared_ptr<const T> load() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

    void store(std::shared_ptr<const T> next) {
        const std::lock_guard lock(mutex_);
        value_.swap(next); // the old value dies outside of the lock
    }

private:
    mutable std::mutex mutex_{};
    std::shared_ptr<const T> value_;
};

} // namespace vmcp
