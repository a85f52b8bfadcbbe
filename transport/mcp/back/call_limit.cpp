#include "transport/mcp/back/call_limit.hpp"

#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace transport {

// ---- with the lock

bool call_limit::may_run(use as) const {
    return running_ < max_running_ &&
           (as != use::errand || errands_ < std::max<std::size_t>(1, max_running_ / 2));
}

std::deque<call_limit::turn>& call_limit::queue_of(use as) {
    switch (as) {
    case use::call:
        return calls_waiting_;
    case use::answer:
        return answers_waiting_;
    case use::errand:
        break;
    }
    return errands_waiting_;
}

void call_limit::begin(use as) {
    ++running_;
    errands_ += as == use::errand ? 1 : 0;
}

call_limit::turn call_limit::next() {
    const bool call = !calls_waiting_.empty() && may_run(use::call);
    const bool errand = !errands_waiting_.empty() && may_run(use::errand);
    use as = use::answer;
    if (answers_waiting_.empty() || !may_run(use::answer)) {
        if (!call && !errand)
            return nullptr;
        as = errand && (errand_next_ || !call) ? use::errand : use::call;
        errand_next_ = as == use::call;
    }
    auto& queue = queue_of(as);
    auto out = std::move(queue.front());
    queue.pop_front();
    begin(as);
    return out;
}

vmcp::failure call_limit::overloaded() const {
    return vmcp::fail(vmcp::errc::backend_overloaded,
                      fmt::format("{} and {}", vmcp::count_of(running_, "call runs", "calls run"),
                                  vmcp::count_of(calls_waiting_.size(), "waits", "wait")));
}

// ---- in and out

std::optional<call_limit::place> call_limit::try_enter() {
    const std::lock_guard lock(mutex_);
    if (!may_run(use::call))
        return std::nullopt;
    begin(use::call);
    return std::optional<place>(std::in_place, *this, use::call);
}

bool call_limit::forget(const turn& one, use as) {
    const std::lock_guard lock(mutex_);
    return std::erase(queue_of(as), one) > 0;
}

vmcp::awaitable<vmcp::result<call_limit::place>> call_limit::enter(vmcp::steady_clock::time_point until,
                                                                   vmcp::cancellation* control, use as) {
    turn mine;
    turn displaced;
    {
        const std::lock_guard lock(mutex_);
        if (may_run(as)) {
            begin(as);
            co_return place(*this, as);
        }
        if (as == use::call && calls_waiting_.size() >= max_waiting_)
            co_return overloaded();
        if (as == use::errand && errands_waiting_.size() >= most_errands) {
            displaced = std::move(errands_waiting_.front());
            errands_waiting_.pop_front();
        }
        mine = std::make_shared<vmcp::promised<outcome>>();
        queue_of(as).push_back(mine);
    }
    if (displaced)
        displaced->set(outcome::displaced);
    const vmcp::cancellation::scope cancellable(control, [this, mine, as] {
        if (forget(mine, as))
            mine->set(outcome::cancelled);
    });
    const auto ex = co_await boost::asio::this_coro::executor;
    auto how = co_await mine->get(ex, until);
    if (!how) {
        if (forget(mine, as))
            co_return vmcp::fail(vmcp::errc::backend_timeout,
                                 fmt::format("waited behind {} running calls", running()));
        how = co_await mine->get(ex); // it was decided in the same moment
    }
    if (how == outcome::cancelled)
        co_return vmcp::fail(vmcp::errc::cancelled);
    if (how == outcome::displaced)
        co_return vmcp::fail(vmcp::errc::backend_overloaded,
                             fmt::format("more than {} errands wait", most_errands));
    co_return place(*this, as);
}

void call_limit::leave(use as) noexcept {
    turn following;
    {
        const std::lock_guard lock(mutex_);
        --running_;
        errands_ -= as == use::errand ? 1 : 0;
        following = next();
    }
    if (following)
        following->set(outcome::came);
}

void call_limit::configure(std::size_t max_running, std::size_t max_waiting) {
    std::vector<turn> following;
    {
        const std::lock_guard lock(mutex_);
        max_running_ = max_running;
        max_waiting_ = max_waiting;
        while (auto one = next())
            following.push_back(std::move(one));
    }
    for (const auto& one : following)
        one->set(outcome::came);
}

// ---- figures

std::size_t call_limit::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

std::size_t call_limit::waiting() const {
    const std::lock_guard lock(mutex_);
    return calls_waiting_.size() + answers_waiting_.size();
}

std::size_t call_limit::errands_running() const {
    const std::lock_guard lock(mutex_);
    return errands_;
}

std::size_t call_limit::errands_waiting() const {
    const std::lock_guard lock(mutex_);
    return errands_waiting_.size();
}

} // namespace transport
