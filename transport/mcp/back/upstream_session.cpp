#include "transport/mcp/back/upstream_session.hpp"

#include "vmcp/base/json_cursor.hpp"

namespace transport {

bool established::offers(std::string_view capability) const noexcept {
    return !vmcp::json_member(capabilities, capability, 512).empty();
}

reinitialization_pace::verdict reinitialization_pace::happened(std::chrono::steady_clock::time_point now) {
    constexpr std::chrono::minutes minute{1};
    while (!last_minute_.empty() && now - last_minute_.front() >= minute)
        last_minute_.pop_front();
    if (last_minute_.size() <= too_many_a_minute) // more need not be told apart
        last_minute_.push_back(now);
    const bool warn = last_minute_.size() > too_many_a_minute && (!warned_ || now - *warned_ >= minute);
    if (warn)
        warned_ = now;
    return {.report = last_minute_.size() <= reports_a_minute, .warn = warn};
}

std::shared_ptr<const established> upstream_state::ready() const {
    const std::lock_guard lock(mutex_);
    return ready_;
}

std::uint64_t upstream_state::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

upstream_state::role upstream_state::claim() {
    const std::lock_guard lock(mutex_);
    if (pending_ || ready_)
        return role::wait;
    pending_ = std::make_shared<vmcp::promised<outcome>>();
    return role::initialize;
}

void upstream_state::settle(vmcp::result<established> made) {
    std::shared_ptr<vmcp::promised<outcome>> waiting;
    std::shared_ptr<const established> ready;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(pending_);
        if (made) {
            made->generation = ++generation_;
            ready_ = ready = std::make_shared<const established>(std::move(*made));
            failed_.reset();
        } else {
            failed_ = made.error();
        }
    }
    if (waiting)
        waiting->set(ready ? outcome(ready) : outcome(made.error()));
}

vmcp::awaitable<vmcp::result<std::shared_ptr<const established>>>
upstream_state::settled(vmcp::steady_clock::time_point until) {
    std::shared_ptr<vmcp::promised<outcome>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (ready_)
            co_return ready_;
        waiting = pending_;
        if (!waiting && failed_)
            co_return *failed_;
    }
    if (!waiting)
        co_return vmcp::fail(vmcp::errc::backend_session_lost);
    const auto ex = co_await boost::asio::this_coro::executor;
    if (auto outcome = co_await waiting->get(ex, until))
        co_return *outcome;
    co_return vmcp::fail(vmcp::errc::backend_timeout, "waiting for the session's initialization");
}

bool upstream_state::lose(std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (!ready_ || ready_->generation != generation)
        return false;
    ready_.reset();
    return true;
}

} // namespace transport
