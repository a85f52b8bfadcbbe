// How many programs the gateway may run at a time, all backends together (limits.maxProcesses).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace transport {

// Thread-safe. Held by shared pointers: it outlives its places.
class process_places : public std::enable_shared_from_this<process_places> {
public:
    explicit process_places(std::size_t most) : most_(most) {}

    // The right to run one; given back when destroyed.
    class place {
    public:
        place() = default;
        explicit place(std::shared_ptr<process_places> places) : of_(std::move(places)) {}
        place(place&& other) noexcept : of_(std::move(other.of_)) {}
        place& operator=(place&& other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~place() {
            if (of_)
                of_->running_.fetch_sub(1);
        }
        [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

    private:
        std::shared_ptr<process_places> of_{};
    };

    // Empty: as many run as may.
    [[nodiscard]] place take() {
        auto running = running_.load();
        do {
            if (running >= most_.load())
                return {};
        } while (!running_.compare_exchange_weak(running, running + 1));
        return place(shared_from_this());
    }

    // What runs already runs on.
    void set_most(std::size_t most) noexcept { most_.store(most); }
    [[nodiscard]] std::size_t most() const noexcept { return most_.load(); }
    [[nodiscard]] std::size_t running() const noexcept { return running_.load(); }

private:
    std::atomic<std::size_t> most_;
    std::atomic<std::size_t> running_{0};
};

} // namespace transport
