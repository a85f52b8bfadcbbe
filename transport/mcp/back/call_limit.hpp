// At most so many calls in flight to one backend, and at most so many waiting for a place (a bulkhead): a
// slow backend then holds a bounded part of the gateway.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace transport {

// Thread-safe. Must outlive its places.
class call_limit {
public:
    call_limit(std::size_t max_running, std::size_t max_waiting)
        : max_running_(max_running)
        , max_waiting_(max_waiting) {}

    // The right to run one call; given back when destroyed.
    class place {
    public:
        place() = default;
        explicit place(call_limit& of) : of_(&of) {}
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (of_ != nullptr)
                of_->leave();
        }

    private:
        call_limit* of_ = nullptr;
    };

    // A place if one is free and nobody waits.
    [[nodiscard]] std::optional<place> try_enter();

    // Waits for a place in the order of arrival. Fails with errc::backend_overloaded when too many wait
    // already, with errc::backend_timeout when none came free in time, with errc::cancelled as soon as `control`
    // is cancelled. `control` may be null.
    vmcp::awaitable<vmcp::result<place>> enter(vmcp::steady_clock::time_point until,
                                               vmcp::cancellation* control = nullptr);

    // New limits. Calls that run already run on.
    void configure(std::size_t max_running, std::size_t max_waiting);

    [[nodiscard]] std::size_t running() const;
    [[nodiscard]] std::size_t waiting() const;

private:
    void leave();
    // Takes a waiting call out. False when its turn has come.
    bool forget(const std::shared_ptr<vmcp::promised<bool>>& turn);

    mutable std::mutex mutex_{};
    std::size_t max_running_;
    std::size_t max_waiting_;
    std::size_t running_ = 0;
    std::deque<std::shared_ptr<vmcp::promised<bool>>> waiting_{};
};

} // namespace transport
