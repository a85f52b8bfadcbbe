// The state of one MCP session with a backend (MCP 2025-11-25, basic/lifecycle): established once by one
// coroutine while others wait, lost when the backend forgets it, established again. No I/O in here.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/signal.hpp"
#include "vmcp/model/version.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace transport {

// What an initialize handshake settled. Immutable.
struct established {
    std::uint64_t generation = 0;
    std::string session_id{}; // empty: the backend keeps no sessions
    vmcp::protocol_version version = vmcp::latest_version;
    std::string capabilities = "{}"; // of the backend, raw
    std::string instructions{};      // decoded
    std::string server_info = "{}";  // raw

    [[nodiscard]] bool offers(std::string_view capability) const noexcept;
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
    // Waits for settle(). Failures are the initializer's own.
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
    std::uint64_t generation_ = 0;
    std::atomic<std::uint64_t> next_id_{1};
};

} // namespace transport
