// The client sessions of this process: found by id, ended by idleness, and bounded in number.
#pragma once

#include "vmcp/session/live_session.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

enum class session_end : std::uint8_t { deleted, expired, evicted, shutdown };

// Thread-safe. Times are given by the caller, so that tests need no clock.
class session_table {
public:
    struct limits {
        std::chrono::milliseconds ttl{30 * 60'000};
        std::size_t max_sessions = 100'000;
    };

    explicit session_table(limits bounds) : limits_(bounds) {}

    // Adds a session. At the cap the longest unused session without a running call or open stream makes room; when there
    // is none near, fails with errc::too_many_sessions. The id of `from` must be new.
    [[nodiscard]] result<std::shared_ptr<live_session>> add(session_record from,
                                                            steady_clock::time_point now);

    // The session, touched: its idle time starts again. Null when there is none, or when it belongs to
    // somebody else: whoever merely knows an id learns nothing and harms nothing.
    [[nodiscard]] std::shared_ptr<live_session> find(std::string_view id, const identity& who,
                                                     steady_clock::time_point now);

    // Takes it out and closes it. False when it was not there.
    bool end(const std::shared_ptr<live_session>& session, session_end why);

    // Ends sessions that were idle for longer than the TTL. A session with a running call or an open stream
    // is in use.
    void sweep(steady_clock::time_point now);

    // Ends all; used at shutdown.
    void clear();

    void for_each(const std::function<void(const std::shared_ptr<live_session>&)>& what) const;

    void set_limits(limits bounds);
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t ended(session_end why) const noexcept {
        return ended_[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
    }

private:
    using order = std::list<std::shared_ptr<live_session>>; // most recently used first

    std::shared_ptr<live_session> victim_locked();
    void unlink_locked(const std::string& id);

    // One lock, held for a hash lookup and a list splice: some 100 ns of a request.
    mutable std::mutex mutex_{};
    limits limits_;
    order order_{};
    std::unordered_map<std::string_view, order::iterator> by_id_{}; // keys are views of the sessions' own ids
    std::atomic<std::size_t> size_{0};
    std::array<std::atomic<std::uint64_t>, 4> ended_{};
};

// 128 bits from the system's generator as 32 lower-case hexadecimal characters (MCP 2025-11-25, basic/transports: globally
// unique and cryptographically secure).
[[nodiscard]] std::string random_session_id();

// Whether a header value can be a session id of ours: what cannot is not looked up.
[[nodiscard]] bool is_session_id(std::string_view text) noexcept;

} // namespace vmcp
