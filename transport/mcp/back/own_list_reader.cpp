#include "transport/mcp/back/own_list_reader.hpp"

#include "transport/net/worker.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace transport {

using vmcp::steady_clock;

// ---- reasons

void own_list_reader::announced() {
    if (!read_ || state_.closed())
        return;
    std::unique_lock lock(mutex_);
    used_ = true;
    pace_.announced(steady_clock::now());
    begin_if_due(std::move(lock));
}

void own_list_reader::established_again() {
    bool had_own = false;
    {
        const std::lock_guard lock(mutex_);
        had_own = pace_.has_own();
    }
    if (had_own)
        announced();
}

void own_list_reader::called() {
    if (!used_)
        return;
    std::unique_lock lock(mutex_);
    if (pace_.called(steady_clock::now()))
        begin_if_due(std::move(lock));
}

void own_list_reader::begin_if_due(std::unique_lock<std::mutex> lock) {
    if (running_ || pace_.due() == own_list_pace::time_point::max())
        return;
    running_ = std::make_shared<vmcp::cancellation>(worker::current().executor());
    auto control = running_;
    lock.unlock();
    worker::current().spawn(run(whole_.shared_from_this(), std::move(control)),
                            "reading the lists of a client's own session");
}

void own_list_reader::stop() {
    const std::lock_guard lock(mutex_);
    if (running_)
        running_->cancel({});
}

// ---- one after the other

// time_point::max(): there is nothing to wait for, and nobody waits any more.
own_list_pace::time_point own_list_reader::next_due() {
    const std::lock_guard lock(mutex_);
    const auto due = state_.closed() ? own_list_pace::time_point::max() : pace_.due();
    if (due == own_list_pace::time_point::max())
        running_ = nullptr;
    return due;
}

vmcp::awaitable<void> own_list_reader::run(std::shared_ptr<session_lifetime>,
                                           std::shared_ptr<vmcp::cancellation> control) {
    for (auto due = next_due(); due != own_list_pace::time_point::max(); due = next_due()) {
        if (due > steady_clock::now()) {
            co_await wait_until(due, control);
            continue;
        }
        {
            const std::lock_guard lock(mutex_);
            const own_list_pace::surroundings around{.call_runs = uses_.uses() > 0,
                                                     .everybody_told = context_.everybody_told->load()};
            if (pace_.next(around, steady_clock::now()) == own_list_pace::step::leave)
                continue;
        }
        auto how = own_list_pace::outcome::failed;
        try {
            how = co_await read_in_turn(control);
        } catch (...) {
            report("reading the lists of a client's own session")(std::current_exception());
        }
        const std::lock_guard lock(mutex_);
        pace_.finished(how, steady_clock::now());
    }
}

vmcp::awaitable<void> own_list_reader::wait_until(own_list_pace::time_point due,
                                                  const std::shared_ptr<vmcp::cancellation>& control) const {
    asio::steady_timer pause(worker::current().context(), due);
    const vmcp::cancellation::scope cancellable(control.get(), [&pause] { pause.cancel(); });
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// One session of a backend at a time: a backend that tells all of them is not flooded.
vmcp::awaitable<own_list_pace::outcome>
own_list_reader::read_in_turn(std::shared_ptr<vmcp::cancellation> control) const {
    constexpr std::chrono::minutes most{5};
    const auto turn = co_await context_.own_list_turns->enter(steady_clock::now() + most, control.get());
    if (!turn)
        co_return own_list_pace::outcome::failed;
    co_return co_await read_(control);
}

} // namespace transport
