#include "transport/mcp/call_limit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace transport {

vmcp::awaitable<vmcp::result<call_limit::place>> call_limit::enter(vmcp::steady_clock::time_point until) {
    std::shared_ptr<vmcp::promised<bool>> turn;
    {
        const std::lock_guard lock(mutex_);
        if (running_ < max_running_) {
            ++running_;
            co_return place(*this);
        }
        if (waiting_.size() >= max_waiting_)
            co_return vmcp::fail(vmcp::errc::backend_overloaded,
                                 fmt::format("{} calls run and {} wait", running_, waiting_.size()));
        turn = std::make_shared<vmcp::promised<bool>>();
        waiting_.push_back(turn);
    }
    const auto ex = co_await boost::asio::this_coro::executor;
    if (co_await turn->get(ex, until))
        co_return place(*this);
    const std::lock_guard lock(mutex_);
    if (std::erase(waiting_, turn) == 0)
        co_return place(*this); // the turn came in the same moment
    co_return vmcp::fail(vmcp::errc::backend_timeout,
                         fmt::format("waited behind {} running calls", running_));
}

void call_limit::leave() {
    std::shared_ptr<vmcp::promised<bool>> next;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) {
            --running_;
            return;
        }
        next = std::move(waiting_.front()); // the place passes on
        waiting_.pop_front();
    }
    next->set(true);
}

std::size_t call_limit::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

std::size_t call_limit::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

} // namespace transport
