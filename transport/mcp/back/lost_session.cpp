#include "transport/mcp/back/lost_session.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <algorithm>
#include <initializer_list>

namespace transport {
namespace {

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
    return std::ranges::any_of(words, [&](std::string_view word) { return vmcp::icontains(text, word); });
}

// Some servers turn numbers into strings.
bool is_id(std::string_view raw, std::string_view ours) noexcept {
    if (raw.size() == ours.size() + 2 && raw.front() == '"')
        raw = raw.substr(1, ours.size());
    return raw == ours;
}

// With HTTP 200 it looks like any answer: a text that happens to speak of sessions is not enough.
bool says_session_is_unknown(std::string_view text) noexcept {
    return vmcp::icontains(text, "session") &&
           contains_any(text, {"not found", "unknown", "expired", "terminated", "no valid", "no such",
                               "does not exist", "invalid session"});
}

} // namespace

bool means_lost_session(unsigned status, std::string_view body, std::string_view our_id) noexcept {
    constexpr std::size_t longest_refusal = 4096;
    if (status == 200 && body.size() > longest_refusal)
        return false;
    // Only the start of a body is looked at: refusals are short, and a long text may speak of sessions for
    // other reasons.
    const std::string_view start = body.substr(0, 512);
    const auto error = vmcp::json_optional(body, "error");
    const auto code = vmcp::json_member(error.raw, "code").raw;
    if (status == 200)
        return (code == "-32001" && vmcp::icontains(start, "session")) ||
               (code == "-32600" && says_session_is_unknown(start));
    const bool about_session = contains_any(start, {"session", "not initialized"});
    if (!our_id.empty() && !error.empty() && is_id(vmcp::json_member(body, "id").raw, our_id))
        return about_session && (code == "-32001" || code == "-32000" || code == "-32600");
    if (status == 404 || status == 410)
        return code != "-32601"; // a modern server's "method not found" is a 404 too; it names its code
    return code == "-32001" || ((status == 400 || status == 401 || status == 503) && about_session);
}

} // namespace transport
