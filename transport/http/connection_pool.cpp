#include "transport/http/connection_pool.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace transport {
namespace {

// Nothing to read and not closed: the only state in which an idle HTTP/1.1 connection may carry a request.
// Unasked-for bytes (a 408 before the close, a TLS alert) mean that the peer is done with it.
bool is_quiet(connection& idle) {
    char byte = 0;
    const auto n = ::recv(idle.stream().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

} // namespace

std::unique_ptr<connection> connection_pool::take(std::string_view key) {
    const auto now = std::chrono::steady_clock::now();
    for (auto i = idle_.size(); i-- > 0;) {
        if (idle_[i].carrier->key != key)
            continue;
        entry last = std::move(idle_[i]);
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        // Under load a connection rests for microseconds: what comes in within that time might as well come right after the look.
        constexpr std::chrono::milliseconds unseen{1};
        if (last.until > now && last.carrier->stream().is_open() &&
            (now - last.since < unseen || is_quiet(*last.carrier)))
            return std::move(last.carrier);
    }
    return nullptr;
}

void connection_pool::give(std::unique_ptr<connection> done, std::chrono::milliseconds idle) {
    const auto now = std::chrono::steady_clock::now();
    // The oldest ones stand in front; those past their time are closed here and by the sweeper, whichever
    // comes first.
    std::erase_if(idle_, [&](const entry& e) { return e.until <= now; });
    if (idle_.size() >= max_idle) {
        if (idle_.front().carrier->key == done->key)
            return;
        idle_.erase(idle_.begin()); // one that waits for other requests makes room
    }
    done->reused = true;
    done->state = guarded::phase::idle;
    done->expires_in(idle);
    idle_.push_back({std::move(done), now, now + idle});
}

} // namespace transport
