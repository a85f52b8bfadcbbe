#include "transport/net/descriptor_reserve.hpp"

#include "vmcp/base/shortage.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace transport {

descriptor_reserve::~descriptor_reserve() {
    for (const int one : held_)
        ::close(one);
}

bool descriptor_reserve::lend() noexcept {
    const std::lock_guard lock(mutex_);
    if (held_.empty())
        return false;
    ::close(held_.back());
    held_.pop_back();
    return true;
}

void descriptor_reserve::refill() {
    const std::lock_guard lock(mutex_);
    held_.reserve(size_);
    while (held_.size() < size_) {
        const int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (one < 0)
            return;
        if (vmcp::out_of_descriptors()) {
            ::close(one);
            return;
        }
        held_.push_back(one);
    }
}

std::size_t descriptor_reserve::held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
}

} // namespace transport
