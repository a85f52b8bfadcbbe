#include "transport/net/guarded_pause.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace transport {

boost::asio::awaitable<bool> guarded_pause::until(std::chrono::steady_clock::time_point when) {
    if (cut_)
        co_return false;
    timer_.expires_at(when);
    boost::system::error_code ec;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    co_return !ec && !cut_;
}

} // namespace transport
