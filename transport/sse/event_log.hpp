// Bounded memory of the events of one SSE stream, so that a client can resume it (MCP 2025-11-25,
// basic/transports, "Resumability and Redelivery"). A value without a lock: the owner guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace transport {

// A place in a stream: after event number `sequence`, or before the first event when that is 0. On the wire
// it is
// `<stream>-<sequence>`, the stream in lower-case hexadecimal and the sequence in decimal, both without
// leading zeros. The specification wants an id to tell its stream, so that one Last-Event-ID is enough to
// find what to replay.
struct event_position {
    std::uint64_t stream = 0;
    std::uint64_t sequence = 0;

    friend bool operator==(const event_position&, const event_position&) = default;
};

void append_event_id(std::string& out, event_position position);
[[nodiscard]] std::string event_id(event_position position);

// Reads a Last-Event-ID. Anything but exactly what event_id() writes is nullopt: the value comes from the
// client.
[[nodiscard]] std::optional<event_position> parse_event_id(std::string_view text) noexcept;

class event_log {
public:
    struct limits {
        std::size_t max_events = 256;
        std::size_t max_bytes = 1024 * 1024; // of event data
    };

    struct entry {
        std::uint64_t sequence = 0;
        std::string data{};
    };

    using range = std::ranges::subrange<std::deque<entry>::const_iterator>;

    // `stream` must be unique among the streams of its session.
    explicit event_log(std::uint64_t stream) : event_log(stream, limits()) {}
    event_log(std::uint64_t stream, limits bounds) : stream_(stream), limits_(bounds) {}

    // Remembers an event, forgets the oldest ones beyond the limits (this one too when it alone exceeds
    // max_bytes), and returns its sequence number: 1, 2, 3...
    std::uint64_t append(std::string data);
    // The same for what is needed elsewhere too: copied only when it is kept.
    std::uint64_t append_copy(std::string_view data);
    // Forgets the oldest event; there must be one.
    void forget_oldest();

    // The events that came after `sequence`, oldest first; empty when there is none. nullopt when some of
    // them are forgotten ("gone") or `sequence` was never given out: replaying the rest would hide a loss
    // from the client. Good until the next append().
    [[nodiscard]] std::optional<range> after(std::uint64_t sequence) const;

    // The newest event's place; what a priming event carries.
    [[nodiscard]] event_position position() const noexcept { return {stream_, last_}; }
    [[nodiscard]] std::uint64_t stream() const noexcept { return stream_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    std::uint64_t stream_;
    limits limits_;
    std::uint64_t last_ = 0;
    std::size_t bytes_ = 0;
    std::deque<entry> entries_{};
};

} // namespace transport
