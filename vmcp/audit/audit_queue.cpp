#include "vmcp/audit/audit_queue.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

void audit_queue::push(audit_record record) {
    const auto weight = record.weight();
    bool tell = false;
    {
        const std::lock_guard lock(mutex_);
        if (records_.size() >= most_ || bytes_ + weight > most_bytes) {
            lost_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        bytes_ += weight;
        records_.push_back(std::move(record));
        tell = std::exchange(waiting_, false);
    }
    if (tell)
        news_.notify_one();
}

std::vector<audit_record> audit_queue::take(std::size_t most) {
    std::vector<audit_record> out;
    const std::lock_guard lock(mutex_);
    const auto count = std::min(most, records_.size());
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes_ -= records_.front().weight();
        out.push_back(std::move(records_.front()));
        records_.pop_front();
    }
    return out;
}

void audit_queue::wait(std::chrono::steady_clock::time_point until, bool asleep) {
    std::unique_lock lock(mutex_);
    const auto due = [&] { return woken_ || (!asleep && !records_.empty()); };
    waiting_ = !asleep;
    if (until == std::chrono::steady_clock::time_point::max())
        news_.wait(lock, due);
    else
        news_.wait_until(lock, until, due);
    waiting_ = false;
    woken_ = false;
}

void audit_queue::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    news_.notify_one();
}

void audit_queue::set_limit(std::size_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
}

std::size_t audit_queue::size() const {
    const std::lock_guard lock(mutex_);
    return records_.size();
}

} // namespace vmcp
