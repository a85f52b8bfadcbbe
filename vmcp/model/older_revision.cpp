#include "vmcp/model/older_revision.hpp"

#include "vmcp/base/ascii.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::size_t looked_at = 2048; // refusals are short

std::optional<protocol_version> below(protocol_version v) noexcept {
    if (v == protocol_version::v2024_11_05)
        return std::nullopt;
    return static_cast<protocol_version>(static_cast<unsigned>(v) - 1);
}

std::optional<protocol_version> newest_named(std::string_view text, protocol_version older_than) noexcept {
    for (auto v = below(older_than); v; v = below(*v))
        if (text.find(text_of(*v)) != std::string_view::npos)
            return v;
    return std::nullopt;
}

} // namespace

bool speaks_of_revisions(std::string_view text) noexcept {
    text = text.substr(0, looked_at);
    return icontains(text, "protocol version") || icontains(text, "protocol-version") ||
           icontains(text, "protocolversion") || icontains(text, "protocol_version") ||
           icontains(text, "unsupported version");
}

std::optional<protocol_version> older_revision(protocol_version offered, unsigned status,
                                               std::string_view text) noexcept {
    text = text.substr(0, looked_at);
    const bool about_it = speaks_of_revisions(text);
    const bool about_sessions = icontains(text, "session") || icontains(text, "already");
    if (status >= 500 || (!about_it && (status != 400 || about_sessions)))
        return std::nullopt;
    const auto named = about_it ? newest_named(text, offered) : std::nullopt;
    // In the words of a revision without sessions, which would name those with sessions that it speaks (MCP 2026-07-28,
    // basic/versioning, UnsupportedProtocolVersionError).
    if (!named && text.find("-32022") != std::string_view::npos)
        return std::nullopt;
    return named ? named : below(offered);
}

} // namespace vmcp
