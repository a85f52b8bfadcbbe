// A clock that stands still until the test moves it.
#pragma once

#include "tests/fakes/run.hpp"
#include "vmcp/supervision/control_thread.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace fakes {

class hand_clock final : public vmcp::clock {
public:
    // Begins long after the clocks' zero, as clocks do.
    hand_clock()
        : now_{health::steady_time{} + std::chrono::hours(1), health::wall_time{} + std::chrono::hours(1)} {}

    [[nodiscard]] health::moment now() const override { return now_; }
    [[nodiscard]] std::unique_ptr<vmcp::alarm> make_alarm(std::function<void()> ring, const char*) override {
        return std::make_unique<hand_alarm>(*this, std::move(ring));
    }

    // When the next alarm is set for; vmcp::never: none is.
    [[nodiscard]] health::steady_time next() const {
        auto soonest = vmcp::never;
        for (const auto* one : set_)
            soonest = std::min(soonest, one->when);
        return soonest;
    }
    // Rings the alarm that is due first, if one is. False: none is.
    bool ring_due() {
        const auto first = std::ranges::min_element(set_, {}, [](const auto* one) { return one->when; });
        if (first == set_.end() || (*first)->when > now_.at)
            return false;
        const auto ring = (*first)->ring; // it may be destroyed by what it does
        (*first)->when = vmcp::never;
        ring();
        return true;
    }
    void move_to(health::steady_time when) {
        const auto by = when - now_.at;
        now_.at = when;
        now_.wall += std::chrono::duration_cast<health::wall_time::duration>(by);
    }

private:
    class hand_alarm final : public vmcp::alarm {
    public:
        hand_alarm(hand_clock& clock, std::function<void()> r) : ring(std::move(r)), clock_(clock) {
            clock_.set_.push_back(this);
        }
        ~hand_alarm() override { std::erase(clock_.set_, this); }
        hand_alarm(const hand_alarm&) = delete;
        hand_alarm& operator=(const hand_alarm&) = delete;
        void set(health::steady_time to) override { when = to; }

        health::steady_time when = vmcp::never;
        const std::function<void()> ring;

    private:
        hand_clock& clock_;
    };

    health::moment now_;
    std::vector<hand_alarm*> set_{};
};

// A control thread that runs when the test says so, on a clock that goes when the test says so. Dice always show 0.
class hand_driven {
public:
    [[nodiscard]] const vmcp::control_thread& thread() const noexcept { return thread_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] health::steady_time now() const { return clock_.now().at; }

    // Everything that can go on without time passing.
    void settle() {
        do
            fakes::settle(context_);
        while (clock_.ring_due());
    }
    // Lets time pass, alarm by alarm.
    void pass(std::chrono::milliseconds time) {
        const auto end = now() + time;
        settle();
        while (clock_.next() <= end) {
            clock_.move_to(std::max(clock_.next(), now()));
            settle();
        }
        clock_.move_to(end);
        settle();
    }

private:
    hand_clock clock_{}; // outlives what runs
    boost::asio::io_context context_{1};
    vmcp::control_thread thread_{
        .executor = context_.get_executor(), .clock = clock_, .jitter = [] { return 0.0; }};
};

} // namespace fakes
