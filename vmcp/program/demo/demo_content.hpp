// What a demo backend offers: lists, tools, prompts. The protocol around it is demo_server's.
#pragma once

#include "vmcp/base/result.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

using demo_json = nlohmann::ordered_json;
// Raw JSON, or why there is none.
using demo_result = result<std::string>;

[[nodiscard]] inline std::string json_text(const demo_json& value) {
    return value.dump(-1, ' ', false, demo_json::error_handler_t::replace);
}

// A tool call that runs, as its tool sees it.
class demo_run {
public:
    virtual ~demo_run() = default;
    // Reports progress to the caller, then lets `pause` pass. False when the caller took the call back.
    virtual boost::asio::awaitable<bool> step(unsigned done, unsigned total, std::string message,
                                              std::chrono::milliseconds pause) = 0;
};

// Used by one thread. Lists and results have the shapes of the MCP schema (2025-11-25).
class demo_content {
public:
    // Told to clients by the server: a notification's method and params.
    using announcer = std::function<void(std::string_view method, demo_json params)>;

    virtual ~demo_content() = default;
    [[nodiscard]] virtual std::string_view instructions() const = 0;
    [[nodiscard]] virtual demo_json tools() const = 0;
    [[nodiscard]] virtual demo_json resources() const = 0;
    [[nodiscard]] virtual demo_json templates() const = 0;
    [[nodiscard]] virtual demo_json prompts() const = 0;

    // Takes long enough that its caller wants an event stream.
    [[nodiscard]] virtual bool is_slow(std::string_view tool) const = 0;
    // The CallToolResult; wrong arguments are a result with isError, so that a model can correct itself.
    // Fails with errc::unknown_tool, and with errc::cancelled when `run` says so.
    virtual boost::asio::awaitable<demo_result> call(std::string tool, demo_json arguments,
                                                     demo_run& run) = 0;

    // `contents` of a resource, `description` and `messages` of a prompt, values that complete `typed`.
    [[nodiscard]] virtual demo_result read(std::string_view uri) const = 0;
    [[nodiscard]] virtual demo_result prompt(std::string_view name, const demo_json& arguments) const = 0;
    [[nodiscard]] virtual demo_json complete(const demo_json& ref, std::string_view argument,
                                             std::string_view typed) const = 0;

    announcer announce = [](std::string_view, demo_json) {};
};

[[nodiscard]] std::unique_ptr<demo_content> make_weather();
[[nodiscard]] std::unique_ptr<demo_content> make_notes();

// A text member of an object; empty when there is none.
[[nodiscard]] inline std::string text_argument(const demo_json& arguments, const char* name) {
    const auto it = arguments.find(name);
    return it != arguments.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// A JSON array of one element; in braces it could be taken for the element itself.
[[nodiscard]] inline demo_json list_of(demo_json only) {
    auto out = demo_json::array();
    out.push_back(std::move(only));
    return out;
}

// The `content` of a CallToolResult that says one text.
[[nodiscard]] inline demo_json text_content(std::string_view text) {
    return list_of({{"type", "text"}, {"text", text}});
}

// A CallToolResult of one text, and one that says what was wrong with the arguments.
[[nodiscard]] inline std::string text_result(std::string_view text) {
    return json_text({{"content", text_content(text)}});
}
[[nodiscard]] inline std::string error_result(std::string_view text) {
    return json_text({{"content", text_content(text)}, {"isError", true}});
}

} // namespace vmcp
