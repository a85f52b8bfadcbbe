#include "transport/mcp/back/lost_session.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <algorithm>
#include <initializer_list>

namespace transport {
namespace {

// Only the start of a body is looked at: refusals are short, and a long text may speak of sessions for other reasons.
constexpr std::size_t looked_at = 512;

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
    return std::ranges::any_of(words, [&](std::string_view word) { return vmcp::icontains(text, word); });
}

// Some servers turn numbers into strings.
bool is_id(std::string_view raw, std::string_view ours) noexcept {
    if (raw.size() == ours.size() + 2 && raw.front() == '"')
        raw = raw.substr(1, ours.size());
    return raw == ours;
}

bool names_no_request(std::string_view raw_id) noexcept {
    return raw_id.empty() || raw_id == "null";
}

// With HTTP 200 it looks like any answer: a text that happens to speak of sessions is not enough.
bool says_session_is_unknown(std::string_view text) noexcept {
    return vmcp::icontains(text, "session") &&
           contains_any(text, {"not found", "unknown", "expired", "terminated", "no valid", "no such",
                               "not exist", "doesn't exist", "invalid session", "session id is invalid",
                               "not find", "n't find", "no longer", "not recogni", "unrecogni",
                               "no active session", "no session", "closed", "ended"});
}

bool says_session_is_busy(std::string_view text) noexcept {
    return contains_any(text, {"already", "in use", "only one", "busy", "another stream", "too many"});
}

bool says_it_took_too_long(std::string_view text) noexcept {
    return contains_any(text, {"timed out", "timeout"}) && !vmcp::icontains(text, "session");
}

// The JSON-RPC error of a body, or nothing.
struct rpc_error {
    std::string_view code{};
    std::string_view id{};
    bool there = false;
};

rpc_error error_in(std::string_view body) noexcept {
    const auto error = vmcp::json_optional(body, "error");
    return {.code = vmcp::json_member(error.raw, "code").raw,
            .id = vmcp::json_member(body, "id").raw,
            .there = !error.empty()};
}

// -32000 is the code of whatever has no other: under the request's id it is an answer of the application. A text that is
// neither JSON nor a page for people can be no answer.
bool means_lost_with_200(const rpc_error& error, std::string_view start) noexcept {
    const auto first = start.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos &&
        std::string_view("{[<").find(start[first]) == std::string_view::npos)
        return says_session_is_unknown(start);
    if (error.code == "-32001")
        return vmcp::icontains(start, "session");
    const bool fits = error.code == "-32600" || (error.code == "-32000" && names_no_request(error.id));
    return fits && says_session_is_unknown(start);
}

} // namespace

bool means_lost_session(unsigned status, std::string_view body, std::string_view our_id) noexcept {
    constexpr std::size_t longest_refusal = 4096;
    if (status == 200 && body.size() > longest_refusal)
        return false;
    const std::string_view start = body.substr(0, looked_at);
    const auto error = error_in(body);
    if (status == 200)
        return means_lost_with_200(error, start);
    const bool about_session = contains_any(start, {"session", "not initialized"});
    if (!our_id.empty() && error.there && is_id(error.id, our_id))
        return about_session && (error.code == "-32001" || error.code == "-32000" || error.code == "-32600");
    if (status == 404 || status == 410)
        return error.code != "-32601"; // a modern server's "method not found" is a 404 too; it names its code
    if (says_session_is_busy(start) && !says_session_is_unknown(start))
        return false;
    if (error.code == "-32001")
        return !says_it_took_too_long(start); // some SDKs give a timeout that code
    return (status == 400 || status == 401 || status == 503) && about_session;
}

bool means_lost_conversation(unsigned status, std::string_view body, std::string_view our_id,
                             std::string_view request) noexcept {
    const std::string_view start = body.substr(0, looked_at);
    const auto error = error_in(body);
    const auto says_unknown = [&] {
        return (says_session_is_unknown(start) || vmcp::icontains(start, "no transport found for session")) &&
               !says_session_is_busy(start) && !vmcp::icontains(request, "session");
    };
    if (status < 400)
        return false;
    if (error.there && is_id(error.id, our_id))
        return (error.code == "-32001" || error.code == "-32000" || error.code == "-32600") && says_unknown();
    if (status == 404 || status == 410)
        return error.code != "-32601";
    return (status == 400 || status == 401 || status == 503) && says_unknown();
}

bool means_lost_stream(unsigned status, std::string_view body) noexcept {
    const std::string_view start = body.substr(0, looked_at);
    if (status == 404 || status == 410)
        return error_in(body).code != "-32601";
    return (status == 400 || status == 401 || status == 503) && says_session_is_unknown(start);
}

bool means_busy_stream(unsigned status, std::string_view body) noexcept {
    return status == 409 ||
           (status >= 400 && status < 500 && says_session_is_busy(body.substr(0, looked_at)));
}

} // namespace transport
