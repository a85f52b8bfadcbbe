#include "vmcp/model/waiting.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace vmcp {

namespace asio = boost::asio;

// The timer is touched on its executor only; `notified` too, by the posted wake-up.
struct wait_list::ticket::place {
    explicit place(asio::any_io_executor ex) : timer(ex) {}
    asio::steady_timer timer;
    bool notified = false;
};

asio::awaitable<bool> wait_list::ticket::wait(std::chrono::steady_clock::time_point until) {
    const auto place = place_;
    if (!place->notified) {
        place->timer.expires_at(until);
        boost::system::error_code ignored;
        co_await place->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return place->notified;
}

asio::awaitable<void> wait_list::ticket::wait() {
    co_await wait(std::chrono::steady_clock::time_point::max());
}

wait_list::ticket wait_list::take(asio::any_io_executor ex) {
    ticket t;
    t.place_ = std::make_shared<ticket::place>(std::move(ex));
    const std::lock_guard lock(mutex_);
    std::erase_if(places_, [](const auto& p) { return p.expired(); });
    places_.push_back(t.place_);
    return t;
}

void wait_list::notify_all() {
    std::vector<std::weak_ptr<ticket::place>> woken;
    {
        const std::lock_guard lock(mutex_);
        woken.swap(places_);
    }
    for (const auto& weak : woken) {
        auto place = weak.lock();
        if (!place)
            continue;
        const auto ex = place->timer.get_executor();
        // The last reference may be the posted one: the place must die on its own executor.
        asio::post(ex, [place = std::move(place)] {
            place->notified = true;
            place->timer.cancel();
        });
    }
}

} // namespace vmcp
