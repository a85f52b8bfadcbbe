// What is recorded of a client's request for those who must know later who did what, and where the records go. The
// words are those of ToolHive's audit log.
#pragma once

#include "vmcp/model/caller.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

enum class audit_type : std::uint8_t {
    mcp_initialize,
    mcp_tool_call,
    mcp_tools_list,
    mcp_resource_read,
    mcp_resources_list,
    mcp_prompt_get,
    mcp_prompts_list,
    mcp_notification,
    mcp_ping,
    mcp_logging,
    mcp_completion,
    mcp_roots_list_changed,
    sse_connection, // a GET that opens an event stream
    mcp_request,    // any other method of MCP
    http_request,   // a request without a readable method
};

// In the order of the enum.
inline constexpr std::array<std::string_view, 15> audit_type_words{
    "mcp_initialize", "mcp_tool_call",          "mcp_tools_list",   "mcp_resource_read", "mcp_resources_list",
    "mcp_prompt_get", "mcp_prompts_list",       "mcp_notification", "mcp_ping",          "mcp_logging",
    "mcp_completion", "mcp_roots_list_changed", "sse_connection",   "mcp_request",       "http_request"};

// Of a message with this method; empty: a message that answers a question, or none that could be read.
[[nodiscard]] audit_type audit_type_of(std::string_view method) noexcept;

// `denied`: the caller may not. `failure`: the request was wrong. `error`: the gateway could not. `application_error`: it
// was answered, with an error or by a tool that says that it failed.
enum class audit_outcome : std::uint8_t { success, failure, error, denied, application_error };
inline constexpr std::array<std::string_view, 5> audit_outcome_words{"success", "failure", "error", "denied",
                                                                     "application_error"};
// Of a request that was answered with this HTTP status.
[[nodiscard]] audit_outcome audit_outcome_of(unsigned http_status) noexcept;

// The first bytes of a message.
struct audit_data {
    std::string text{};
    bool cut = false; // there were more
    // Appends what still fits.
    void take(std::string_view piece, std::size_t limit);
};

// One request, as peers wrote it: whoever writes the record makes words printable and strikes secrets.
struct audit_record {
    audit_type type = audit_type::http_request;
    audit_outcome outcome = audit_outcome::success;
    std::chrono::system_clock::time_point at{}; // when it was answered
    std::chrono::microseconds took{};
    std::string address{}; // of the peer of the connection
    std::string user_agent{};
    std::string request_id{};
    std::string session{};                // its first characters; whole ids are credentials
    std::shared_ptr<const caller> from{}; // null: nobody was let in
    std::string client_name{};            // what the client calls itself (initialize)
    std::string client_version{};
    std::string endpoint{};
    std::string method{}; // of MCP; empty: there is none, and http_method counts
    std::string http_method{};
    std::string name{}; // of the tool or prompt, or the URI
    std::string backend{};
    std::optional<int> error_code{}; // of the JSON-RPC error
    std::string error_message{};
    std::string_view
        reason{}; // the name of the failure (errc.hpp); lives for ever; empty: a backend's own, or none
    bool cancelled = false;
    std::size_t answer_bytes = 0;
    audit_data request{};
    audit_data response{};
    std::vector<std::string> credentials{}; // that came with the request: not to be written

    // About how many bytes it takes to keep.
    [[nodiscard]] std::size_t weight() const noexcept;
};

// What is wanted.
struct audit_terms {
    std::uint32_t types = ~std::uint32_t{0}; // a bit for each audit_type
    bool detect_errors = true;
    std::size_t request_bytes = 0; // of the message that is kept; 0: none
    std::size_t response_bytes = 0;

    [[nodiscard]] bool wants(audit_type which) const noexcept {
        return (types >> static_cast<unsigned>(which) & 1U) != 0;
    }
};

// Thread-safe.
class audit_sink {
public:
    virtual ~audit_sink() = default;
    // Null: nothing is recorded now.
    [[nodiscard]] virtual std::shared_ptr<const audit_terms> terms() const = 0;
    // Never waits: what cannot be taken is counted as lost.
    virtual void record(audit_record record) = 0;
};

} // namespace vmcp
