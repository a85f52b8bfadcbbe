// The client sessions of this process: found by id, ended by idleness, and bounded in number.
#pragma once

#include "vmcp/session/session_order.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

enum class session_end : std::uint8_t { deleted, expired, evicted, shutdown };

// What comes in a session: a request or the wish for a stream, or only a notification or an answer, as a client sends it that
// opens sessions and does nothing with them.
enum class touch_by : std::uint8_t { request, notice };

// Thread-safe. Times are given by the caller, so that tests need no clock.
class session_table {
public:
    struct limits {
        std::chrono::milliseconds ttl{30 * 60'000};
        std::size_t max_sessions = 100'000;
        std::size_t max_per_address = 0; // 0: nine tenths of max_sessions, or all of few
        std::size_t max_per_caller = 10'000;
        [[nodiscard]] std::size_t of_address() const noexcept;
        live_session::question_limits questions{}; // of sessions that are added from now on
    };

    explicit session_table(limits bounds) : limits_(bounds) {}

    // Adds a session. At a cap, of all, of the same network or of the same caller, the longest untouched session without a
    // running call or open stream makes room, one that was never used before any that was. Where there is none near, fails
    // with errc::too_many_sessions, or errc::too_many_requests for the other two. Where there is a session of that id already,
    // which then is of the same client, that one is given, touched.
    [[nodiscard]] result<std::shared_ptr<live_session>> add(session_record from,
                                                            steady_clock::time_point now);

    // The session, touched: its idle time starts again; a request also makes it one that was used. Null when there is none, or when it belongs to
    // somebody else: whoever merely knows an id learns nothing and harms nothing.
    [[nodiscard]] std::shared_ptr<live_session> find(std::string_view id, const identity& who,
                                                     steady_clock::time_point now,
                                                     touch_by cause = touch_by::notice);

    // Takes it out and closes it. False when it was not there.
    bool end(const std::shared_ptr<live_session>& session, session_end why);

    // Ends sessions that were idle for longer than the TTL. A session with a running call or an open stream
    // is in use.
    void sweep(steady_clock::time_point now);

    // Ends all; used at shutdown.
    void clear();

    void for_each(const std::function<void(const std::shared_ptr<live_session>&)>& visit) const;

    void set_limits(limits bounds);
    [[nodiscard]] std::chrono::milliseconds ttl() const;
    // This gateway is one of several that serve the same sessions. Before the first session.
    void be_replica(std::uint32_t number) noexcept { replica_ = number; }
    // Told of each session that ends, from any thread, without a lock held. Before the first session.
    void on_end(std::function<void(const live_session&, session_end)> told) { told_ = std::move(told); }
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t ended(session_end why) const noexcept {
        return ended_[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
    }

private:
    [[nodiscard]] live_session::question_limits question_limits();
    void close_ended(const std::shared_ptr<live_session>& session, session_end why);
    [[nodiscard]] std::optional<failure>
    make_room_locked(std::uint64_t network, const std::string& caller,
                     std::vector<std::shared_ptr<live_session>>& evicted);
    void unlink_locked(const std::string& id);

    // One lock, held for a hash lookup and some list splices: some 100 ns of a request.
    mutable std::mutex mutex_{};
    limits limits_;
    std::uint32_t replica_ = 0;
    std::uint64_t made_ = 0; // sessions
    std::function<void(const live_session&, session_end)> told_{};
    session_group all_{};
    std::unordered_map<std::uint64_t, session_group> by_network_{};
    std::unordered_map<std::string, session_group> by_caller_{}; // those that have authenticated
    // Keys are views of the sessions' own ids. Entries stay where they are.
    std::unordered_map<std::string_view, session_entry> by_id_{};
    std::atomic<std::size_t> size_{0};
    std::array<std::atomic<std::uint64_t>, 4> ended_{};
};

// 128 bits from the system's generator as 32 lower-case hexadecimal characters (MCP 2025-11-25, basic/transports: globally
// unique and cryptographically secure).
[[nodiscard]] std::string random_session_id();

// Whether a header value can be a session id of ours: what cannot is not looked up.
[[nodiscard]] bool is_session_id(std::string_view text) noexcept;

} // namespace vmcp
