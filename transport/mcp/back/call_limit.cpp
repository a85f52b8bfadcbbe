#include "transport/mcp/back/call_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace transport {

std::optional<call_limit::place> call_limit::try_enter() {
    const std::lock_guard lock(mutex_);
    if (running_ >= max_running_)
        return std::nullopt;
    ++running_;
    return std::optional<place>(std::in_place, *this);
}

bool call_limit::forget(const std::shared_ptr<vmcp::promised<bool>>& turn) {
    const std::lock_guard lock(mutex_);
    return std::erase(waiting_, turn) > 0;
}

vmcp::awaitable<vmcp::result<call_limit::place>> call_limit::enter(vmcp::steady_clock::time_point until,
                                                                   vmcp::cancellation* control) {
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
    const vmcp::cancellation::scope cancellable(control, [this, turn] {
        if (forget(turn))
            turn->set(false);
    });
    const auto ex = co_await boost::asio::this_coro::executor;
    const auto came = co_await turn->get(ex, until);
    if (came && !*came)
        co_return vmcp::fail(vmcp::errc::cancelled);
    if (came || !forget(turn))
        co_return place(*this); // also when the turn came in the same moment
    co_return vmcp::fail(vmcp::errc::backend_timeout,
                         fmt::format("waited behind {} running calls", running()));
}

void call_limit::leave() {
    std::shared_ptr<vmcp::promised<bool>> next;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty() || running_ > max_running_) {
            --running_;
            return;
        }
        next = std::move(waiting_.front()); // the place passes on
        waiting_.pop_front();
    }
    next->set(true);
}

void call_limit::configure(std::size_t max_running, std::size_t max_waiting) {
    std::vector<std::shared_ptr<vmcp::promised<bool>>> next;
    {
        const std::lock_guard lock(mutex_);
        max_running_ = max_running;
        max_waiting_ = max_waiting;
        for (; running_ < max_running_ && !waiting_.empty(); ++running_) {
            next.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
    }
    for (const auto& turn : next)
        turn->set(true);
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
