// The connections that one listener took: how many are open, and which of them has been idle for longest, for when room is
// needed.
#pragma once

#include "transport/net/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

namespace transport {

// Outlives its connections, and the threads of their workers.
class connection_group {
public:
    // One connection. Belongs to its worker; leaves its shelf when destroyed.
    class member : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        virtual ~member() = default;
        // It is idle, and others need what it takes: closes it. Must not destroy a member.
        virtual void make_room() = 0;
        std::chrono::steady_clock::time_point idle_since{};
    };

    // Those of one worker that are idle, the longest first. For that worker alone.
    struct shelf {
        explicit shelf(worker& worker) : home(worker) {}
        void put(member& one) {
            one.idle_since = std::chrono::steady_clock::now();
            idle.push_back(one);
        }
        static void take(member& one) {
            if (one.is_linked())
                one.unlink();
        }

        worker& home;
        boost::intrusive::list<member, boost::intrusive::constant_time_size<false>> idle{};
    };

    connection_group() = default;
    connection_group(const connection_group&) = delete;
    connection_group& operator=(const connection_group&) = delete;

    [[nodiscard]] shelf& of(worker& home);
    void opened() noexcept { ++size_; }
    void closed() noexcept { --size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(); }

    // Closes the one that has been idle for longest, on whichever worker it is. False: none is.
    [[nodiscard]] boost::asio::awaitable<bool> close_oldest();

private:
    std::atomic<std::size_t> size_{0};
    std::mutex mutex_{};
    std::list<shelf> shelves_{};
};

} // namespace transport
