// The state of one MCP session with a backend (MCP 2025-11-25, basic/lifecycle): established once by one
// coroutine while others wait, lost when the backend forgets it, established again. No I/O in here.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/version.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// What an initialize handshake settled. Immutable.
struct established {
    std::uint64_t generation = 0;
    std::string session_id{}; // empty: the backend keeps no sessions
    vmcp::protocol_version version = vmcp::latest_version;
    std::string capabilities = "{}"; // of the backend, raw
    std::string instructions{};      // decoded
    std::string server_info = "{}";  // raw
    // Header fields of the client's call that opened it: every request of the session is sent with them.
    std::vector<std::pair<std::string, std::string>> headers{};

    [[nodiscard]] bool offers(std::string_view capability) const noexcept;
};

// How often a session is established again, and what that is worth. A backend that was restarted loses a session
// once; one that forgets its sessions all the time must not have its lists read all the time too. Not thread-safe.
class reinitialization_pace {
public:
    static constexpr std::size_t reports_a_minute = 3;
    static constexpr std::size_t too_many_a_minute = 5;

    struct verdict {
        bool report; // the backend may offer something else now
        bool warn;   // it happens suspiciously often; true once a minute at most
    };
    [[nodiscard]] verdict happened(std::chrono::steady_clock::time_point now);

private:
    std::deque<std::chrono::steady_clock::time_point> last_minute_{};
    std::optional<std::chrono::steady_clock::time_point> warned_{};
};

// Thread-safe.
class upstream_state {
public:
    enum class role : std::uint8_t { wait, initialize };

    // The current session, if it is ready.
    [[nodiscard]] std::shared_ptr<const established> ready() const;

    // Called when ready() gave nothing: one caller gets `initialize` and must call settle(), the others wait
    // for it.
    [[nodiscard]] role claim();
    // The outcome of the handshake. A failure leaves the session unestablished: the next call tries again.
    void settle(vmcp::result<established> outcome);
    // Waits for settle(). Failures are the initializer's own, also when it settled already. Without any, of a
    // session that was lost meanwhile: errc::backend_session_lost; the caller may claim() again.
    vmcp::awaitable<vmcp::result<std::shared_ptr<const established>>>
    settled(vmcp::steady_clock::time_point until);

    // The backend does not know this generation any more. True for the first who says so.
    bool lose(std::uint64_t generation);

    [[nodiscard]] std::uint64_t next_id() noexcept {
        return next_id_.fetch_add(1, std::memory_order_relaxed);
    }

    // How often the session was established so far.
    [[nodiscard]] std::uint64_t generation() const;

private:
    using outcome = vmcp::result<std::shared_ptr<const established>>;

    mutable std::mutex mutex_{};
    std::shared_ptr<const established> ready_{};
    std::shared_ptr<vmcp::promised<outcome>> pending_{};
    std::optional<vmcp::failure> failed_{}; // how the last handshake failed
    std::uint64_t generation_ = 0;
    std::atomic<std::uint64_t> next_id_{1};
};

} // namespace transport
