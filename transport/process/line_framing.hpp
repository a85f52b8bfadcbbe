// Lines out of a stream of bytes, bounded: how messages are told apart on a pipe (MCP 2025-11-25, basic/transports, "stdio":
// delimited by newlines, and holding none). No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace transport {

// How to drive it: feed() a piece, then next() until it says `more`. Not thread-safe.
class line_framing {
public:
    // A line of more than `longest` bytes, its end not counted, is dropped.
    explicit line_framing(std::size_t longest) : longest_(longest) {}

    // `piece` must live until next() has said `more`.
    void feed(std::string_view piece) { piece_ = piece; }

    enum class step : std::uint8_t {
        line,     // take_line() has it: without its end (LF, or CR LF), never empty
        overlong, // a line is longer than may be: said once, as soon as it is known
        dropped,  // ... and has ended: head() and tail() are what is left of it
        more,     // nothing is left of the piece
    };
    // Lines of nothing but white space are passed over.
    [[nodiscard]] step next();

    // The line that next() found. Once.
    [[nodiscard]] std::string take_line() { return std::exchange(line_, {}); }

    // What comes of the line that has begun is dropped as if it were too long, for want of room. False: none has begun.
    bool drop_line();

    // The first and last bytes of the line that was dropped: enough to find out what it was about.
    [[nodiscard]] std::string_view head() const noexcept { return head_; }
    [[nodiscard]] std::string_view tail() const noexcept { return tail_; }
    // How long the dropped line is, or was so far.
    [[nodiscard]] std::size_t dropped_bytes() const noexcept { return dropped_bytes_; }

    // Of the line that has begun.
    [[nodiscard]] std::size_t held_bytes() const noexcept { return line_.size(); }
    void set_longest(std::size_t longest) noexcept { longest_ = longest; }

    static constexpr std::size_t kept = 256; // of each end of a dropped line

private:
    void begin_dropping();
    void note_dropped(std::string_view part);

    std::size_t longest_;
    std::string_view piece_{};
    std::string line_{};
    bool dropping_ = false;
    std::size_t dropped_bytes_ = 0;
    std::string head_{};
    std::string tail_{};
};

} // namespace transport
