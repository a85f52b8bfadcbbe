// A value that is set once and that many wait for, each of whom may give up waiting.
#pragma once

#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace transport {

// Thread-safe.
template <class T>
class awaited {
public:
    // The first value wins; later ones are dropped.
    void set(T value) {
        std::vector<std::shared_ptr<turn>> waiting;
        {
            const std::lock_guard lock(mutex_);
            if (value_)
                return;
            value_.emplace(std::move(value));
            waiting.swap(waiting_);
        }
        for (const auto& one : waiting)
            one->set(true);
    }

    // A copy of the value; nothing when `until` passed before it was set, or `control`, which may be null, was
    // cancelled.
    vmcp::awaitable<std::optional<T>> get(vmcp::steady_clock::time_point until, vmcp::cancellation* control) {
        const auto mine = std::make_shared<turn>();
        {
            const std::lock_guard lock(mutex_);
            if (value_)
                co_return value_;
            waiting_.push_back(mine);
        }
        const vmcp::cancellation::scope cancellable(control, [&mine] { mine->set(false); });
        const auto ex = co_await boost::asio::this_coro::executor;
        const auto came = co_await mine->get(ex, until);
        const std::lock_guard lock(mutex_);
        std::erase(waiting_, mine);
        co_return came && *came ? value_ : std::nullopt;
    }

    [[nodiscard]] std::optional<T> peek() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

private:
    using turn = vmcp::promised<bool>;
    mutable std::mutex mutex_{};
    std::optional<T> value_{};
    std::vector<std::shared_ptr<turn>> waiting_{};
};

} // namespace transport
