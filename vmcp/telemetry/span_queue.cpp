#include "vmcp/telemetry/span_queue.hpp"

#include <algorithm>
#include <utility>

namespace vmcp {

std::size_t span_queue::push(span one) {
    const auto weight = one.weight();
    const std::lock_guard lock(mutex_);
    if (spans_.size() >= most_ || bytes_ + weight > most_bytes) {
        count_lost(1);
        return spans_.size();
    }
    bytes_ += weight;
    spans_.push_back(std::move(one));
    return spans_.size();
}

std::vector<span> span_queue::take(std::size_t most) {
    std::vector<span> out;
    const std::lock_guard lock(mutex_);
    const auto count = std::min(most, spans_.size());
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes_ -= spans_.front().weight();
        out.push_back(std::move(spans_.front()));
        spans_.pop_front();
    }
    return out;
}

void span_queue::set_limit(std::size_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
}

std::size_t span_queue::size() const {
    const std::lock_guard lock(mutex_);
    return spans_.size();
}

} // namespace vmcp
