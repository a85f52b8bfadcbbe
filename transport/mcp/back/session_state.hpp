// The state of one MCP session with a backend (MCP 2025-11-25, basic/lifecycle): established once by one
// coroutine while others wait, lost when the backend forgets it, established again. No I/O in here.
#pragma once

#include "transport/mcp/back/awaited.hpp"
#include "transport/mcp/back/established.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace transport {

// Thread-safe.
class session_state {
public:
    enum class role : std::uint8_t { wait, initialize };
    using session_ptr = std::shared_ptr<const established>;

    // The current session, if it is ready.
    [[nodiscard]] session_ptr ready() const;

    // It is ready, or a handshake is under way.
    [[nodiscard]] bool begun() const;

    // Called when ready() gave nothing: one caller gets `initialize` and must see to it that settle() is called, the
    // others wait for it.
    [[nodiscard]] role claim();
    // The outcome of the handshake. A failure leaves the session unestablished: the next call tries again.
    void settle(vmcp::result<established> outcome);
    // Waits for settle(). Failures are the initializer's own, also when it settled already; errc::backend_timeout
    // when `until` came first, errc::cancelled when `control`, which may be null, was cancelled. Without any, of a
    // session that was lost meanwhile: errc::backend_session_lost; the caller may claim() again.
    vmcp::awaitable<vmcp::result<session_ptr>> settled(vmcp::steady_clock::time_point until,
                                                       vmcp::cancellation* control = nullptr);

    // The backend does not know this generation any more. True for the first who says so.
    bool lose(std::uint64_t generation);

    // Nothing new is begun in it. True for the first who says so.
    bool close() noexcept { return !closed_.exchange(true); }
    [[nodiscard]] bool closed() const noexcept { return closed_.load(); }

    [[nodiscard]] std::uint64_t next_id() noexcept {
        return next_id_.fetch_add(1, std::memory_order_relaxed);
    }

    // Ids below `first` are not given any more: they were used elsewhere in the same session.
    void give_ids_from(std::uint64_t first) noexcept {
        auto next = next_id_.load();
        while (next < first && !next_id_.compare_exchange_weak(next, first)) {
        }
    }

    // How often the session was established so far.
    [[nodiscard]] std::uint64_t generation() const;

private:
    using outcome = vmcp::result<session_ptr>;

    mutable std::mutex mutex_{};
    session_ptr ready_{};
    std::shared_ptr<awaited<outcome>> pending_{};
    std::optional<vmcp::failure> failed_{}; // how the last handshake failed
    std::uint64_t generation_ = 0;
    std::atomic<std::uint64_t> next_id_{1};
    std::atomic<bool> closed_{false};
};

} // namespace transport
