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
    bool gone = false;    // ... and has said so in a way that leaves nothing to end there
    // The backend is there again after a stream broke. It may be another one, that knows the session and offers other things.
    bool again = false;
    bool gap = false; // read_some: the stream broke before, and this one does not go on where that ended
    steady_clock::time_point until{};
    friend bool operator==(const stream_action&, const stream_action&) = default;
};

[[nodiscard]] std::string_view name_of(stream_action::kind kind) noexcept;

// Driven as exchange_machine is. When the session is over, in any way, the shell stops where it is.
//
// What a refusal means: that there are no streams, where there was none before, and with 405; that the session is lost, where
// there was one and the backend says "not found"; and else that this is no moment for one. A backend that takes the former
// stream for a living one ("already exists", 409) is asked again, ever more slowly, until it knows better.
class server_stream_machine {
public:
    // `has_id`: of the session. `max_event`: of one event, in bytes. `former`, which may be null: of an earlier stream of
    // the same session, where this one goes on.
    server_stream_machine(bool has_id, std::size_t max_event, const server_stream_machine* former = nullptr);

    [[nodiscard]] stream_action start(steady_clock::time_point now);
    [[nodiscard]] stream_action authorized();
    [[nodiscard]] stream_action renewed(bool there_is_another, steady_clock::time_point now);
    [[nodiscard]] stream_action connected();
    [[nodiscard]] stream_action sent();
    [[nodiscard]] stream_action head(const answer_head& answer);
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
    // As of exchange_machine.
    [[nodiscard]] const std::string& moved_to() const noexcept { return moved_to_; }

    // A backend that asks for a shorter pause would be asked in a tight loop; one that asks for a longer one would not
    // be heard for longer than its clients can be kept waiting.
    static constexpr milliseconds least_retry{50};
    static constexpr milliseconds longest_retry{60'000};
    // Of streams that fail at once, the pauses grow up to this.
    static constexpr milliseconds longest_pause{30'000};

private:
    using kind = stream_action::kind;

    stream_action act(kind kind);
    stream_action next_event(steady_clock::time_point now);
    stream_action end(bool lost);
    stream_action pause(steady_clock::time_point now, bool lived);

    const bool has_id_;
    const std::size_t max_event_;
    std::optional<sse_decoder> events_{};
    std::string text_{};
    std::string last_event_id_{};
    milliseconds retry_{1'000};
    milliseconds pause_{1'000};
    steady_clock::time_point began_{};
    unsigned status_ = 0;
    std::string next_target_{}; // that the answer redirects to
    std::string moved_to_{};
    bool sure_end_ = false;
    bool brought_something_ = false; // this connection: it was a good one
    bool was_open_ = false;          // the backend had a stream for this session before
    bool broke_ = false;             // ... and nothing was heard from it since
    bool gap_ = false;               // ... and what was said since is lost
    bool renewed_ = false;
    bool settled_ = false;
};

} // namespace transport
