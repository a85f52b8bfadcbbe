// The answers of the mock backend: an MCP server of revision 2025-11-25 whose replies are rendered once, at
// the start, so that a benchmark measures what stands in front of it. No sockets here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct mock_options {
    std::size_t tools = 10;    // length of tools/list; the working tools come first, fillers follow
    std::size_t page_size = 0; // tools per page of tools/list; 0: all in one page
    bool sessions = false;     // hand out Mcp-Session-Id at initialize
    bool get_stream = false;   // GET opens an event stream; otherwise 405
};

struct mock_reply {
    enum class kind {
        now,
        later, // after `delay`
        never  // the request stays unanswered
    };

    kind when = kind::now;
    std::chrono::milliseconds delay{0};
    std::string text;                // head and first part of the body
    std::string_view tail;           // rest of the body; lives as long as the backend
    std::vector<std::string> events; // encoded chunks of an event stream, each meant to be written by itself
};

// Tools: echo_<size> (size in bytes, or with k or m; the reply's JSON has that size when the id takes one
// byte), progress_<n> (event stream with n progress notifications, then the result), slow_<ms>, hang, and
// fillers tool_<i> that answer like echo_100. Requests are scanned, not validated: the sender must write
// valid JSON.
class mock_backend {
public:
    explicit mock_backend(const mock_options& options);
    mock_backend(const mock_backend&) = delete; // replies point into it
    mock_backend& operator=(const mock_backend&) = delete;

    // Fills `out` with the answer to one HTTP request. `out` may be reused to save allocations.
    void answer(std::string_view http_method, std::string_view body, mock_reply& out);

private:
    struct request; // id, method, params of one JSON-RPC message

    void answer_post(std::string_view body, mock_reply& out);
    void answer_call(const request& incoming, mock_reply& out);
    void answer_list(const request& incoming, mock_reply& out);
    void answer_initialize(const request& incoming, mock_reply& out);
    [[nodiscard]] const std::string* echo_tail(std::string_view tool);

    mock_options options_;
    std::vector<std::string> pages_;                         // tails of tools/list
    std::map<std::string, std::string, std::less<>> echoes_; // tails of tools/call by tool name
    std::size_t next_session_ = 1;
};

} // namespace bench
