// Event streams of calls that are over, kept for clients that lost their connection before the end: for a while, and as
// long as there is room.
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace transport {

class client_stream;
class session_streams;

// Thread-safe. Of all sessions together. When memory is short, the stream that ended first goes first.
class stream_shelf final : public vmcp::memory_ledger::giver {
public:
    // `memory` may be null, and outlives it.
    explicit stream_shelf(vmcp::memory_ledger* memory) : memory_(memory) {}

    // How long after its end a stream can still be resumed.
    static constexpr std::chrono::seconds kept{60};

    // `ended` of `streams` ended now; when there is no room it is let go at once.
    void put(const std::shared_ptr<session_streams>& streams, const std::shared_ptr<client_stream>& ended,
             vmcp::steady_clock::time_point now);
    // Lets go of what was kept long enough. To be called every now and then.
    void sweep(vmcp::steady_clock::time_point now);
    bool give_way() override;

    [[nodiscard]] vmcp::memory_ledger* memory() const noexcept { return memory_; }
    [[nodiscard]] std::size_t size() const;

private:
    // What a stream costs besides its events.
    static constexpr std::size_t cost = 2048;
    static constexpr std::size_t most_at_once = 1024;

    struct entry {
        vmcp::steady_clock::time_point since{};
        std::weak_ptr<session_streams> of{};
        std::weak_ptr<client_stream> stream{};
        vmcp::memory_claim held{};
    };
    static bool let_go(entry& one);

    vmcp::memory_ledger* const memory_;
    mutable std::mutex mutex_{};
    std::deque<entry> entries_{}; // in the order in which they ended
};

} // namespace transport
