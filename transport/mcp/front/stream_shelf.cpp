#include "transport/mcp/front/stream_shelf.hpp"

#include "transport/mcp/front/session_streams.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace transport {

using vmcp::memory_class;

// True when that freed something.
bool stream_shelf::let_go(entry& one) {
    one.held.release();
    const auto stream = one.stream.lock();
    if (!stream)
        return false;
    if (const auto streams = one.of.lock())
        streams->forget(stream);
    stream->forget();
    return true;
}

void stream_shelf::put(const std::shared_ptr<session_streams>& streams,
                       const std::shared_ptr<client_stream>& ended, vmcp::steady_clock::time_point now) {
    entry one{now, streams, ended, vmcp::memory_claim(memory_, memory_class::replay)};
    if (!one.held.cover(cost)) {
        let_go(one);
        return;
    }
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(one));
}

void stream_shelf::sweep(vmcp::steady_clock::time_point now) {
    std::vector<entry> over;
    {
        const std::lock_guard lock(mutex_);
        while (!entries_.empty() && now - entries_.front().since > kept) {
            over.push_back(std::move(entries_.front()));
            entries_.pop_front();
        }
    }
    for (auto& one : over)
        let_go(one);
}

bool stream_shelf::give_way() {
    for (std::size_t tried = 0; tried < most_at_once; ++tried) {
        std::optional<entry> oldest;
        {
            const std::lock_guard lock(mutex_);
            if (entries_.empty())
                return false;
            oldest.emplace(std::move(entries_.front()));
            entries_.pop_front();
        }
        if (!let_go(*oldest))
            continue;
        if (memory_ != nullptr)
            memory_->count_dropped(memory_class::replay);
        return true;
    }
    return true;
}

std::size_t stream_shelf::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

} // namespace transport
