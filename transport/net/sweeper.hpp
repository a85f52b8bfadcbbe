// Deadlines of sockets by sweep: each guarded object stores the tick it is due at, and one timer per worker
// walks them. A deadline then costs one store instead of one timer operation, and the same list gives the
// graceful drain.
#pragma once

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstdint>
#include <limits>

namespace transport {

class sweeper;

// Something with a deadline on one worker. Lives on that worker's thread; leaves its sweeper when destroyed.
class guarded
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    // idle: may be ended at once by a drain. busy: ends by itself after the current request. streaming: is
    // told to end.
    enum class phase : std::uint8_t { idle, busy, streaming };

    guarded() = default;
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;
    virtual ~guarded() = default;

    phase state = phase::busy;

protected:
    // The deadline passed. Called once per set deadline, between operations of the owner's coroutine;
    // typically cancels the socket, so that the pending operation ends with operation_aborted. Must not
    // destroy a guarded object.
    virtual void on_due() = 0;
    // A drain began (or the object joined during one). Same rules.
    virtual void on_drain() {}

private:
    friend class sweeper;
    std::uint32_t due_ = std::numeric_limits<std::uint32_t>::max();
};

class sweeper {
public:
    static constexpr std::chrono::milliseconds tick_length{100};

    void add(guarded& entry) {
        entries_.push_back(entry);
        if (draining_)
            entry.on_drain();
    }

    // Due after `wait`, rounded up to the next tick; replaces an earlier deadline.
    void due_in(guarded& entry, std::chrono::milliseconds wait) noexcept {
        const auto ticks = (wait.count() + tick_length.count() - 1) / tick_length.count();
        constexpr std::int64_t far = std::numeric_limits<std::int32_t>::max();
        entry.due_ = now_ + 1 + static_cast<std::uint32_t>(ticks < 0 ? 0 : ticks > far ? far : ticks);
    }
    void never(guarded& entry) noexcept { entry.due_ = std::numeric_limits<std::uint32_t>::max(); }

    // Called by the worker every tick_length.
    void tick() {
        ++now_;
        for (auto it = entries_.begin(); it != entries_.end();) {
            auto& entry = *it++;
            if (entry.due_ <= now_) {
                never(entry);
                entry.on_due();
            }
        }
    }

    void expire_all() {
        for (auto it = entries_.begin(); it != entries_.end();)
            (it++)->on_due();
    }

    void drain() {
        draining_ = true;
        for (auto it = entries_.begin(); it != entries_.end();)
            (it++)->on_drain();
    }

    [[nodiscard]] bool draining() const noexcept { return draining_; }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

private:
    boost::intrusive::list<guarded, boost::intrusive::constant_time_size<false>> entries_{};
    std::uint32_t now_ = 0; // 2^32 ticks are 13 years
    bool draining_ = false;
};

} // namespace transport
