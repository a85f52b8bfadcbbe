#include "transport/mcp/lost_session.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <algorithm>
#include <cctype>

namespace transport {
namespace {

bool contains_word(std::string_view text, std::string_view word) noexcept {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

} // namespace

bool means_lost_session(unsigned status, std::string_view body) noexcept {
    // Only the start of a body is looked at: refusals are short, and a long text may speak of sessions for
    // other reasons.
    const std::string_view start = body.substr(0, 512);
    if (status == 404) {
        // A modern server's "method not found" is a 404 too; it names its code.
        return vmcp::json_member(vmcp::json_member(body, "error").raw, "code").raw != "-32601";
    }
    if (vmcp::json_member(vmcp::json_member(body, "error").raw, "code").raw == "-32001")
        return status != 200 || contains_word(start, "session");
    return (status == 400 || status == 401 || status == 503) &&
           (contains_word(start, "session") || contains_word(start, "not initialized"));
}

} // namespace transport
