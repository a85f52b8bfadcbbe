#include "transport/net/worker.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace transport {

namespace asio = boost::asio;

namespace {

thread_local worker* this_worker = nullptr;

} // namespace

worker& worker::current() noexcept {
    return *this_worker;
}

std::function<void(std::exception_ptr)> report(std::string_view where) {
    return [where](std::exception_ptr error) {
        if (!error)
            return;
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            vmcp::log::error("bug: {} ended with an exception: {}", where, e.what());
        } catch (...) {
            vmcp::log::error("bug: {} ended with an exception of an unknown type", where);
        }
    };
}

worker::worker(unsigned index) : index_(index), work_(asio::make_work_guard(context_)), ticker_(context_) {
}

worker::~worker() = default;

void worker::spawn(asio::awaitable<void> work, std::string_view where) {
    asio::co_spawn(context_, std::move(work), report(where));
}

void worker::post(std::function<void()> work) {
    asio::post(context_, std::move(work));
}

void worker::start() {
    spawn(tick(), "the sweeper");
    thread_ = std::thread([this] {
        this_worker = this;
        // What a posted function throws comes out of run(), and would end the process with all its calls.
        for (bool over = false; !over;) {
            try {
                context_.run();
                over = true;
            } catch (...) {
                report("a posted task")(std::current_exception());
            }
        }
        ended_.set_value();
    });
}

asio::awaitable<void> worker::tick() {
    boost::system::error_code ignored;
    auto next = std::chrono::steady_clock::now();
    while (!finishing_ || !sweeper_.empty()) {
        // A fixed rhythm; after a stall (a stopped process) it starts anew instead of ticking in a burst.
        next = std::max(next + sweeper::tick_length, std::chrono::steady_clock::now());
        ticker_.expires_at(next);
        co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        sweeper_.tick();
    }
}

void worker::finish() {
    post([this] {
        finishing_ = true;
        work_.reset();
        ticker_.cancel();
    });
}

bool worker::join(std::chrono::milliseconds wait) {
    if (!thread_.joinable())
        return true;
    if (end_.wait_for(wait) != std::future_status::ready)
        return false;
    thread_.join();
    return true;
}

void worker::expire_all() {
    post([this] { sweeper_.expire_all(); });
}

std::string worker::borrow_buffer() {
    ++buffers_lent_;
    if (buffers_.empty())
        return std::string(buffer_size, '\0');
    std::string buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void worker::return_buffer(std::string buffer) {
    constexpr std::size_t kept = 64;
    --buffers_lent_;
    if (buffer.size() == buffer_size && buffers_.size() < kept)
        buffers_.push_back(std::move(buffer));
}

} // namespace transport
