// The GET stream of a backend session as a machine that asks for I/O: when it is opened, when again and how soon, and
// what a refusal means (MCP 2025-11-25, basic/transports, "Listening for Messages from the Server").
#pragma once

#include "transport/mcp/back/exchange_action.hpp"
#include "transport/sse/sse_decoder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// What the shell does next. Its comment names the function that is told how it went.
struct stream_action {
    enum class kind : std::uint8_t {
        authorize, // the credential -> authorized() | broken()
        renew,     // the backend refused it: can there be another? -> renewed()
        connect, // a connection of its own: the stream would hold up whatever shared it -> connected() | broken()
        send,      // a GET, with last_event_id() when that is not empty -> sent() | broken()
        read_head, // -> head() | broken()
        read_body, // of a refusal -> refused() | broken()
        read_some, // of the stream -> some() | broken()
        deliver,   // text(), a message -> delivered()
        rest,      // until `until` -> rested()
        finish,
    };
    kind what = kind::finish;
    bool settled = false; // from now on it is open, or known not to be
    bool lost = false;    // finish: the backend does not know the session
    steady_clock::time_point until{};
    friend bool operator==(const stream_action&, const stream_action&) = default;
};

[[nodiscard]] std::string_view name_of(stream_action::kind what) noexcept;

// Driven as exchange_machine is. When the session is over, in any way, the shell stops where it is.
class server_stream_machine {
public:
    // `has_id`: of the session. `max_event`: of one event, in bytes.
    server_stream_machine(bool has_id, std::size_t max_event);

    [[nodiscard]] stream_action start(steady_clock::time_point now);
    [[nodiscard]] stream_action authorized();
    [[nodiscard]] stream_action renewed(bool there_is_another, steady_clock::time_point now);
    [[nodiscard]] stream_action connected();
    [[nodiscard]] stream_action sent();
    [[nodiscard]] stream_action head(unsigned status, std::string_view content_type);
    [[nodiscard]] stream_action refused(std::string_view text, steady_clock::time_point now);
    // The next bytes, empty at the end; they must live until the next read_some is asked for.
    [[nodiscard]] stream_action some(std::string_view piece, steady_clock::time_point now);
    [[nodiscard]] stream_action delivered(steady_clock::time_point now);
    [[nodiscard]] stream_action broken(steady_clock::time_point now);
    [[nodiscard]] stream_action rested(steady_clock::time_point now);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // What it holds of the event that is being read, and of the last message.
    [[nodiscard]] std::size_t held_bytes() const noexcept {
        return text_.capacity() + (events_ ? events_->held_bytes() : 0);
    }
    [[nodiscard]] const std::string& last_event_id() const noexcept { return last_event_id_; }

    // A backend that asks for a shorter pause would be asked in a tight loop; one that asks for a longer one would not
    // be heard for longer than its clients can be kept waiting.
    static constexpr milliseconds least_retry{50};
    static constexpr milliseconds longest_retry{60'000};
    // Of streams that fail at once, the pauses grow up to this.
    static constexpr milliseconds longest_pause{30'000};

private:
    using kind = stream_action::kind;

    stream_action act(kind what);
    stream_action next_event(steady_clock::time_point now);

    const bool has_id_;
    const std::size_t max_event_;
    std::optional<sse_decoder> events_{};
    std::string text_{};
    std::string last_event_id_{};
    milliseconds retry_{1'000};
    milliseconds pause_{1'000};
    steady_clock::time_point began_{};
    unsigned status_ = 0;
    bool brought_something_ = false; // this connection: it was a good one
    bool was_open_ = false;          // the backend had a stream for this session before
    bool renewed_ = false;
    bool settled_ = false;
};

} // namespace transport
