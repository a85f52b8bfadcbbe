#include "vmcp/supervision/clock.hpp"

#include "transport/net/worker.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace vmcp {
namespace {

class timer_alarm final : public alarm {
public:
    timer_alarm(boost::asio::any_io_executor home, std::function<void()> ring, const char* name)
        : state_(std::make_shared<state>(std::move(home), std::move(ring), name)) {}
    ~timer_alarm() override { state_->timer.cancel(); }
    timer_alarm(const timer_alarm&) = delete;
    timer_alarm& operator=(const timer_alarm&) = delete;

    void set(health::steady_time when) override {
        // A timer that has expired already, and whose handler still has to run, rings no more.
        ++state_->round;
        state_->timer.cancel();
        if (when == never)
            return;
        state_->timer.expires_at(when);
        state_->timer.async_wait([weak = std::weak_ptr<state>(state_), round = state_->round](auto ec) {
            const auto alive = weak.lock(); // also while `ring` destroys the alarm
            if (!alive || ec || round != alive->round)
                return;
            try {
                alive->ring();
            } catch (...) {
                transport::report(alive->name)(std::current_exception());
            }
        });
    }

private:
    struct state {
        state(boost::asio::any_io_executor home, std::function<void()> r, const char* n)
            : timer(std::move(home))
            , ring(std::move(r))
            , name(n) {}
        boost::asio::steady_timer timer;
        std::function<void()> ring;
        const char* name;
        std::uint64_t round = 0;
    };
    std::shared_ptr<state> state_;
};

class system_clock final : public clock {
public:
    explicit system_clock(boost::asio::any_io_executor home) : home_(std::move(home)) {}

    health::moment now() const override {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }
    std::unique_ptr<alarm> make_alarm(std::function<void()> ring, const char* name) override {
        return std::make_unique<timer_alarm>(home_, std::move(ring), name);
    }

private:
    boost::asio::any_io_executor home_;
};

} // namespace

std::unique_ptr<clock> make_system_clock(boost::asio::any_io_executor home) {
    return std::make_unique<system_clock>(std::move(home));
}

} // namespace vmcp
