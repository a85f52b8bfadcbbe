// All streams of a client session: those outside of calls, of which the first has the lowest number, and those of its calls.
// It is the session's `outbound`.
#pragma once

#include "transport/mcp/front/client_stream.hpp"
#include "transport/mcp/front/stream_shelf.hpp"
#include "vmcp/session/live_session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// Thread-safe.
class session_streams final : public vmcp::outbound, public std::enable_shared_from_this<session_streams> {
public:
    // `shelf` outlives it; null: streams that ended are kept as long as the session needs no others. `first` is the number of
    // the first stream.
    explicit session_streams(event_log::limits limits, stream_shelf* shelf = nullptr,
                             std::uint64_t first = 0);

    // ---- outside of calls ----
    // A message goes on one stream (MCP 2025-11-25, basic/transports, "Multiple Connections"): the one that was opened
    // last of those that are open. While none is, messages wait on the one that was left last, and go to whoever listens
    // next.
    void send(std::string message) override { chosen()->send(std::move(message)); }
    void ask(std::uint64_t id, const vmcp::message& request) override { chosen()->ask(id, request); }
    void withdraw(std::uint64_t id, std::string_view reason) override { chosen()->withdraw(id, reason); }
    void lists_changed(unsigned kinds) override { chosen()->lists_changed(kinds); }
    [[nodiscard]] bool listening() const override;
    // Of all streams, those of calls included.
    [[nodiscard]] std::optional<vmcp::steady_clock::time_point> away_since() const override;
    vmcp::awaitable<void> room(vmcp::any_io_executor ex) override { return chosen()->room(std::move(ex)); }
    void close() override;

    // For a client that listens: the first one, or one more while others are open. Beyond some the one that has been
    // open for longest ends.
    [[nodiscard]] std::shared_ptr<client_stream> open_general();
    [[nodiscard]] bool is_general(const client_stream& stream) const;
    // A connection is attached to it now.
    void attached(const std::shared_ptr<client_stream>& general);
    // Its connection has ended: what was not written yet goes to another one that is open.
    void left(const std::shared_ptr<client_stream>& general);

    // ---- of calls ----
    [[nodiscard]] std::shared_ptr<client_stream> open();
    // Nothing will follow on it. It is kept for a client that comes back for the end.
    void finished(const std::shared_ptr<client_stream>& of_call);
    // It is not kept any more.
    void forget(const std::shared_ptr<client_stream>& of_call);

    // A stream by its number; null when it is not kept any more.
    [[nodiscard]] std::shared_ptr<client_stream> find(std::uint64_t number) const;
    // The first stream outside of calls.
    [[nodiscard]] const std::shared_ptr<client_stream>& first() const noexcept { return first_; }

private:
    // Streams of finished calls are kept for stream_shelf::kept, at most so many.
    static constexpr std::size_t max_streams = 64;
    static constexpr std::size_t max_more = 8; // outside of calls, besides the first one

    [[nodiscard]] std::shared_ptr<client_stream> chosen() const;
    [[nodiscard]] std::shared_ptr<client_stream> newest_listening() const; // null: none; with the lock

    [[nodiscard]] vmcp::memory_ledger* memory() const noexcept {
        return shelf_ != nullptr ? shelf_->memory() : nullptr;
    }

    const event_log::limits limits_;
    stream_shelf* const shelf_;
    const std::shared_ptr<client_stream> first_;
    mutable std::mutex mutex_{};
    std::shared_ptr<client_stream> waiting_ = first_; // where messages wait while none is open
    std::uint64_t next_;
    // Outside of calls, in the order in which a connection was last attached to them. first_ is always one of them.
    std::vector<std::shared_ptr<client_stream>> general_{first_};
    std::deque<std::shared_ptr<client_stream>> calls_{};
};

// The streams of a session, made on first use: most sessions never need any.
[[nodiscard]] std::shared_ptr<session_streams>
streams_of(vmcp::live_session& session, event_log::limits limits, stream_shelf* shelf = nullptr);

} // namespace transport
