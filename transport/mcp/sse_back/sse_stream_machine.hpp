// What comes on the one event stream of a backend that speaks HTTP+SSE (MCP 2024-11-05, basic/transports, "HTTP with SSE"): first
// where its messages are to be POSTed, then messages. No I/O, no clock.
#pragma once

#include "transport/sse/sse_decoder.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/base/url.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// How to drive it: feed() bytes, then next() until it says `more`.
//
// What it goes by:
// - The first `endpoint` event counts. Another one that says something else is passed over, as are messages before the first:
//   nobody has asked for anything yet.
// - It is a reference, relative to the URL of the stream. Where it leads to another origin it is refused: the messages carry
//   credentials.
class sse_stream_machine {
public:
    // `asked`: the URL of the stream, after redirects.
    sse_stream_machine(vmcp::url asked, std::size_t max_event)
        : asked_(std::move(asked))
        , events_(max_event) {}

    enum class step : std::uint8_t {
        more,     // bytes are needed
        endpoint, // target() is known
        message,  // text() is one
        failed,   // why() says it; final
    };
    // As of sse_decoder: good until next() has said `more`.
    void feed(std::string_view bytes) { events_.feed(bytes); }
    [[nodiscard]] step next();

    // Path and query of where messages go; empty before `endpoint`.
    [[nodiscard]] const std::string& target() const noexcept { return target_; }
    // Once for each message.
    [[nodiscard]] std::string take_text() { return events_.take_data(); }
    [[nodiscard]] const vmcp::failure& why() const noexcept { return *why_; }
    // What it holds of an event that is not whole yet.
    [[nodiscard]] std::size_t held_bytes() const noexcept { return events_.held_bytes(); }

    // A longer reference is refused.
    static constexpr std::size_t longest_endpoint = 8192;

private:
    step fail(std::string detail);
    step take_endpoint(std::string_view reference);

    const vmcp::url asked_;
    sse_decoder events_;
    std::string target_{};
    std::optional<vmcp::failure> why_{};
};

} // namespace transport
