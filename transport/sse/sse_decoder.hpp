// Incremental parser of a text/event-stream: bytes in any fragmentation, whole events out. No I/O, no clock.
#pragma once

#include "transport/sse/line_scan.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// One dispatched event. The views are good until the next next(), feed(), take_data() or restart() of the
// decoder.
struct sse_event {
    std::string_view data;  // the data lines joined by \n; never empty
    std::string_view event; // the event field; empty when there was none
    std::string_view id;    // the stream's last event id at this event; empty when there was none

    // Only such events carry JSON-RPC messages (MCP 2025-11-25, basic/transports).
    [[nodiscard]] bool is_message() const noexcept { return event.empty() || event == "message"; }

    friend bool operator==(const sse_event&, const sse_event&) = default;
};

enum class sse_step : std::uint8_t {
    need_bytes, // all fed bytes are consumed: feed() more, or the stream has ended
    event,      // event() is set
    too_large,  // an event exceeded a limit; final until restart(): close the stream
};

// Parses as the HTML standard says (section 9.2.6, "Interpreting an event stream"), with these rules on top:
// - Events whose data is empty are not reported. Their id and retry take effect all the same, so that the
// priming event of
//   MCP 2025-11-25 is seen as last_event_id() and retry(), never as a message.
// - Bytes are passed on as they are: whoever reads the data checks its UTF-8.
// - An event that the end of the stream cuts off is dropped, and its id has no effect. Where the stream cannot have been cut,
//   finish() gives it all the same: there are servers that forget the empty line after their last event.
//
// Each byte is copied at most once and looked at a constant number of times, whatever the fragmentation:
//     decoder.feed(bytes);
//     while (decoder.next() == sse_step::event)
//         use(decoder.event());
//     if (decoder.failed()) ...
class sse_decoder {
public:
    // The longest event name, and the longest id: an id travels back in a request header.
    static constexpr std::size_t max_name_size = 1024;
    // A longer `retry` counts as this one, so that adding it to a time point cannot overflow.
    static constexpr std::chrono::milliseconds max_retry = std::chrono::hours(24);

    // `max_event_size` bounds the data of one event in bytes.
    explicit sse_decoder(std::size_t max_event_size) : max_event_size_(max_event_size) {}
    sse_decoder(const sse_decoder&) = delete; // event() points into the decoder
    sse_decoder& operator=(const sse_decoder&) = delete;

    // Hands over the next bytes of the stream. They are not copied here: they must stay valid until next()
    // has returned something else than `event`. To be called only then; bytes that are not consumed yet would
    // be lost.
    void feed(std::string_view bytes);

    // Goes on to the end of the next event or of the fed bytes.
    [[nodiscard]] sse_step next();

    // The stream has ended as its sender wanted, and next() asks for bytes: an event that lacks its empty line, or the end of
    // its last line, is given as next() would. Afterwards restart() comes, or nothing.
    [[nodiscard]] sse_step finish();

    // The event of the last next() or finish(), which must have returned sse_step::event.
    [[nodiscard]] const sse_event& event() const noexcept { return event_; }

    // The data of event() as a string of its own, without a copy. Once per event; event().data is empty
    // afterwards.
    [[nodiscard]] std::string take_data();

    [[nodiscard]] bool failed() const noexcept { return failed_; }

    // The id to resume the stream from (Last-Event-ID), as of the last complete event; empty: the stream
    // cannot be resumed. Good until the next next().
    [[nodiscard]] std::string_view last_event_id() const noexcept { return last_event_id_; }

    // What is kept of an event that is not whole yet.
    [[nodiscard]] std::size_t held_bytes() const noexcept { return data_.size(); }

    // What the server last asked for with `retry`.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

    // Prepares for the body of a new connection that goes on with the same stream: forgets a half-read event,
    // keeps last_event_id() and retry().
    void restart();

private:
    enum class phase : std::uint8_t { bom, name, space, value };
    enum class field : std::uint8_t { ignored, data, event, id, retry };

    static field field_of(std::string_view name) noexcept;

    void read_bom();
    void read_name();
    void read_value();
    void begin_value();
    void take(std::string_view piece);
    void take_digits(std::string_view piece);
    void end_line(char line_end);
    void end_value();
    void end_event();
    void forget_event();

    std::size_t max_event_size_;
    line_scan input_{}; // fed and not consumed
    phase phase_ = phase::bom;
    field field_ = field::ignored;
    std::uint8_t name_size_ = 0;
    char name_[6]{};
    bool after_cr_ = false; // an LF now belongs to the line end before it
    bool has_data_line_ = false;
    bool event_is_out_ = false; // the buffers hold the event that next() reported
    bool id_changed_ = false;
    bool failed_ = false;
    std::string data_{};
    std::string name_of_event_{};
    std::string value_{};      // of the id line being read
    std::string pending_id_{}; // becomes last_event_id_ at the end of the event
    std::string last_event_id_{};
    std::int64_t retry_value_ = -1; // of the retry line being read; -1: no digit yet, -2: not a number
    std::optional<std::chrono::milliseconds> retry_{};
    sse_event event_{};
};

} // namespace transport
