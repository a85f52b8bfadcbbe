// At most so many requests in flight to one backend, and at most so many waiting for a place (a bulkhead): a
// slow backend then holds a bounded part of the gateway.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace transport {

// Thread-safe. Must outlive its places.
class call_limit {
public:
    call_limit(std::size_t max_running, std::size_t max_waiting)
        : max_running_(max_running)
        , max_waiting_(max_waiting) {}

    // For what a place is wanted.
    enum class use : std::uint8_t {
        call,   // of a client. Calls and errands come in turn while both wait
        answer, // what a client was asked in a call that has given its place back meanwhile: before all others
        errand, // of the gateway's own, in the background. All together they have half of the places, or one
    };

    // The right to have one request in flight; given back when destroyed.
    class place {
    public:
        place() = default;
        place(call_limit& limit, use as) : of_(&limit), as_(as) {}
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), as_(other.as_) {}
        place& operator=(place&& other) noexcept {
            if (this != &other) {
                give_back();
                of_ = std::exchange(other.of_, nullptr);
                as_ = other.as_;
            }
            return *this;
        }
        ~place() { give_back(); }

        void give_back() noexcept {
            if (auto* const limit = std::exchange(of_, nullptr); limit != nullptr)
                limit->leave(as_);
        }
        [[nodiscard]] bool held() const noexcept { return of_ != nullptr; }

    private:
        call_limit* of_ = nullptr;
        use as_ = use::call;
    };

    // A place for a call if one is free and no call waits.
    [[nodiscard]] std::optional<place> try_enter();

    // Waits for a place, in the order of arrival among those that want it for the same. Fails with
    // errc::backend_overloaded when too many calls wait already, with errc::backend_timeout when none came free in time,
    // with errc::cancelled as soon as `control` is cancelled. `control` may be null. Of errands that are too many the one
    // that waits longest fails with errc::backend_overloaded.
    vmcp::awaitable<vmcp::result<place>> enter(vmcp::steady_clock::time_point until,
                                               vmcp::cancellation* control = nullptr, use as = use::call);

    // New limits. What runs already runs on.
    void configure(std::size_t max_running, std::size_t max_waiting);

    [[nodiscard]] std::size_t running() const; // errands included
    [[nodiscard]] std::size_t waiting() const; // errands excluded
    [[nodiscard]] std::size_t errands_running() const;
    [[nodiscard]] std::size_t errands_waiting() const;

    // Errands that may wait; calls wait apart from them.
    static constexpr std::size_t most_errands = 1024;

private:
    enum class outcome : std::uint8_t { came, cancelled, displaced };
    using turn = std::shared_ptr<vmcp::promised<outcome>>;

    void leave(use as) noexcept;
    [[nodiscard]] bool may_run(use as) const;
    [[nodiscard]] std::deque<turn>& queue_of(use as);
    void begin(use as);
    // Whose turn it is now, with the place; null: nobody's.
    [[nodiscard]] turn next();
    // Takes one that waits out. False when its turn has come.
    bool forget(const turn& one, use as);
    [[nodiscard]] vmcp::failure overloaded() const;

    mutable std::mutex mutex_{};
    std::size_t max_running_;
    std::size_t max_waiting_;
    std::size_t running_ = 0;
    std::size_t errands_ = 0; // of those that run
    bool errand_next_ = false;
    std::deque<turn> calls_waiting_{};
    std::deque<turn> answers_waiting_{};
    std::deque<turn> errands_waiting_{};
};

} // namespace transport
