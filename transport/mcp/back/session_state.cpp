#include "transport/mcp/back/session_state.hpp"

namespace transport {

using vmcp::errc;

session_state::session_ptr session_state::ready() const {
    const std::lock_guard lock(mutex_);
    return ready_;
}

bool session_state::begun() const {
    const std::lock_guard lock(mutex_);
    return ready_ || pending_;
}

std::uint64_t session_state::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

session_state::role session_state::claim() {
    const std::lock_guard lock(mutex_);
    if (pending_ || ready_)
        return role::wait;
    pending_ = std::make_shared<awaited<outcome>>();
    return role::initialize;
}

void session_state::settle(vmcp::result<established> made) {
    std::shared_ptr<awaited<outcome>> waiting;
    session_ptr ready;
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

vmcp::awaitable<vmcp::result<session_state::session_ptr>>
session_state::settled(vmcp::steady_clock::time_point until, vmcp::cancellation* control) {
    std::shared_ptr<awaited<outcome>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (ready_)
            co_return ready_;
        waiting = pending_;
        if (!waiting)
            co_return failed_ ? *failed_ : vmcp::fail(errc::backend_session_lost);
    }
    if (auto given = co_await waiting->get(until, control))
        co_return *std::move(given);
    if (control != nullptr && control->cancelled())
        co_return vmcp::fail(errc::cancelled);
    co_return vmcp::fail(errc::backend_timeout, "its session was not initialized in time");
}

bool session_state::lose(std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (!ready_ || ready_->generation != generation)
        return false;
    ready_.reset();
    return true;
}

} // namespace transport
