// HTTP/1.1 messages and server-sent events as tests read them off a socket. Strict where it matters: framing that is
// wrong throws.
#pragma once

#include "tests/fakes/socket.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fakes {

struct http_message {
    std::string start{};                                       // request or status line
    std::vector<std::pair<std::string, std::string>> fields{}; // names in lower case
    std::string body{};

    [[nodiscard]] std::string field(std::string_view lower_name) const; // empty when absent
    [[nodiscard]] bool has(std::string_view lower_name) const;
    [[nodiscard]] unsigned status() const;    // of a response
    [[nodiscard]] std::string method() const; // of a request
    [[nodiscard]] bool keeps_open() const { return field("connection") != "close"; }
};

// Takes a whole head from the front of `buffer`, if one is there.
[[nodiscard]] std::optional<http_message> take_head(std::string& buffer);

// Takes one chunk from the front of `buffer`, if a whole one is there; an empty one is the last.
[[nodiscard]] std::optional<std::string> take_chunk(std::string& buffer);

// Takes the body of `head` from the front of `buffer`; false when it is not all there yet. Length and chunked only.
[[nodiscard]] bool take_body(std::string& buffer, http_message& head);

// A response, whole.
[[nodiscard]] http_message read_response(socket& from);
[[nodiscard]] http_message read_head(socket& from);

struct event {
    std::string id{};
    std::string data{};
    std::string retry{};
    bool has_data = false;
    bool comment = false; // nothing but a comment
};

// Reads the events of a chunked response whose head was read.
class event_reader {
public:
    explicit event_reader(socket& from) : from_(from) {}

    // The next event or comment; nothing at the proper end of the body. Throws when the connection breaks.
    [[nodiscard]] std::optional<event> next();
    // The next event with data that is not empty, comments and priming events left out.
    [[nodiscard]] std::optional<event> message();

private:
    socket& from_;
    std::string text_{};
    bool over_ = false;
};

} // namespace fakes
