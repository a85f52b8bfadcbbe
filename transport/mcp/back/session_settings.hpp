// What the client of a backend session has set there, so that it can be set again after the backend forgot it.
#pragma once

#include "vmcp/model/version.hpp"

#include <cstddef>
#include <mutex>
#include <set>
#include <string>

namespace transport {

// Thread-safe.
class session_settings {
public:
    // Per client and backend.
    static constexpr std::size_t max_subscriptions = 1000;
    static constexpr std::size_t max_subscribed_uri = 8192; // bytes

    // True when it is another one than before.
    bool set_level(vmcp::log_level level) {
        const std::lock_guard lock(mutex_);
        return std::exchange(level_, level) != level;
    }
    [[nodiscard]] vmcp::log_level level() const {
        const std::lock_guard lock(mutex_);
        return level_;
    }

    // The level that the last handshake told the backend; unset: none.
    void replayed(vmcp::log_level level) {
        const std::lock_guard lock(mutex_);
        replayed_ = level;
    }
    [[nodiscard]] vmcp::log_level replayed_level() const {
        const std::lock_guard lock(mutex_);
        return replayed_;
    }

    void subscribe(const std::string& uri, bool wanted) {
        const std::lock_guard lock(mutex_);
        if (wanted)
            subscriptions_.insert(uri);
        else
            subscriptions_.erase(uri);
    }
    [[nodiscard]] std::set<std::string> subscriptions() const {
        const std::lock_guard lock(mutex_);
        return subscriptions_;
    }
    [[nodiscard]] std::size_t subscription_count() const {
        const std::lock_guard lock(mutex_);
        return subscriptions_.size();
    }

private:
    mutable std::mutex mutex_{};
    vmcp::log_level level_ = vmcp::log_level::unset; // unset: nobody has said
    vmcp::log_level replayed_ = vmcp::log_level::unset;
    std::set<std::string> subscriptions_{};
};

} // namespace transport
