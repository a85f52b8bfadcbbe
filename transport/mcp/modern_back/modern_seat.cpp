#include "transport/mcp/modern_back/modern_seat.hpp"

#include <utility>

namespace transport {

vmcp::awaitable<void> modern_seat::move_to(std::shared_ptr<modern_watch> watch,
                                           std::shared_ptr<vmcp::client_session> client,
                                           vmcp::steady_clock::time_point until) {
    std::shared_ptr<modern_watch> former;
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || watch_ == watch)
            co_return;
        former = std::exchange(watch_, watch);
    }
    if (!former)
        co_return;
    for (const auto& uri : former->uris_of(who_))
        if (!co_await watch->subscribe(client, uri, until, nullptr))
            break; // the next call of the client tries again, and hears why it fails
    former->leave(who_);
}

std::shared_ptr<modern_watch> modern_seat::watch() const {
    const std::lock_guard lock(mutex_);
    return watch_;
}

// A subscription begins with the call that asks for it.
void modern_seat::remember_subscription(const std::string& uri, bool subscribed) {
    if (const auto from = watch(); from && !subscribed)
        from->unsubscribe(who_, uri);
}

void modern_seat::close() {
    std::shared_ptr<modern_watch> from;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        from.swap(watch_);
    }
    if (from)
        from->leave(who_);
}

} // namespace transport
