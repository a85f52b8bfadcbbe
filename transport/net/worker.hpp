// One worker: a thread with its own io_context, sweeper and scratch buffers. Connections and calls stay on
// the worker that accepted them; other workers reach it by posting to its executor.
#pragma once

#include "transport/net/name_lookup.hpp"
#include "transport/net/sweeper.hpp"
#include "vmcp/base/memory_ledger.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace transport {

// Says what a coroutine that nobody awaits threw: an exception there is a bug, and must not vanish. `where`
// must be a literal.
[[nodiscard]] std::function<void(std::exception_ptr)> report(std::string_view where);

class worker {
public:
    explicit worker(unsigned index);
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    // Must be stopped (join()) before, and on the destroying thread nothing may run any more.
    ~worker();

    // The worker whose thread this is. To be called on a worker's thread only.
    [[nodiscard]] static worker& current() noexcept;

    [[nodiscard]] unsigned index() const noexcept { return index_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }
    [[nodiscard]] transport::sweeper& sweeper() noexcept { return sweeper_; }
    [[nodiscard]] name_lookups& names() noexcept { return names_; }
    // What its connections hold is drawn from there; null: nobody counts it. Set before start(), and outlives it.
    [[nodiscard]] vmcp::memory_ledger* memory() const noexcept { return memory_; }
    void draw_on(vmcp::memory_ledger& memory) noexcept { memory_ = &memory; }

    // Runs coroutine `work` on this worker; from any thread.
    void spawn(boost::asio::awaitable<void> work, std::string_view where);
    // Runs `work` on this worker's thread; from any thread. What it throws is reported, and nothing else.
    void post(std::function<void()> work);

    void start();
    // Lets the thread end when nothing is left to do. Afterwards the sweeper ticks only while guarded objects
    // remain.
    void finish();
    // Waits for the thread's end; false when it did not come within `wait`.
    [[nodiscard]] bool join(std::chrono::milliseconds wait);
    // Ends every socket operation under way, as if its deadline had passed: for a shutdown whose grace is
    // over. From any thread.
    void expire_all();

    // Read buffers, lent out while bytes are there and given back while a connection is idle. Each that was
    // borrowed is to be returned, grown or not. This worker's thread only.
    [[nodiscard]] std::string borrow_buffer();
    void return_buffer(std::string buffer);
    [[nodiscard]] std::size_t buffers_lent() const noexcept { return buffers_lent_; }

    static constexpr std::size_t buffer_size = 8 * 1024;

private:
    boost::asio::awaitable<void> tick();

    // In this order: what coroutines use must outlive the context, which destroys those that are left.
    unsigned index_;
    vmcp::memory_ledger* memory_ = nullptr;
    transport::sweeper sweeper_{};
    std::vector<std::string> buffers_{};
    std::size_t buffers_lent_ = 0;
    boost::asio::io_context context_{1};
    name_lookups names_{context_};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer ticker_;
    std::promise<void> ended_{};
    std::future<void> end_ = ended_.get_future();
    std::thread thread_{};
    bool finishing_ = false; // worker thread only
};

} // namespace transport
