// Protocol revisions of MCP (https://modelcontextprotocol.io/specification/versioning).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vmcp {

// Revisions with an initialize handshake, in order. Clients of 2024-11-05 come by a transport of their own (HTTP+SSE).
enum class protocol_version : std::uint8_t { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25 };

inline constexpr protocol_version latest_version = protocol_version::v2025_11_25;

// The revision without handshake and sessions. Its clients name it with each request.
inline constexpr std::string_view stateless_version = "2026-07-28";

inline constexpr std::array<std::string_view, 4> version_texts{"2024-11-05", "2025-03-26", "2025-06-18",
                                                               "2025-11-25"};

[[nodiscard]] constexpr std::string_view text_of(protocol_version v) noexcept {
    return version_texts[static_cast<std::size_t>(v)];
}

[[nodiscard]] constexpr std::optional<protocol_version> parse_version(std::string_view text) noexcept {
    for (std::size_t i = 0; i < version_texts.size(); ++i)
        if (version_texts[i] == text)
            return static_cast<protocol_version>(i);
    return std::nullopt;
}

// What a server answers to a client that asked for `requested`: the same revision when it is supported, which those before
// `oldest` are not, else the latest (MCP 2025-11-25, basic/lifecycle, "Version Negotiation").
[[nodiscard]] constexpr protocol_version
negotiate(std::string_view requested, protocol_version oldest = protocol_version::v2025_03_26) noexcept {
    const auto v = parse_version(requested);
    return v && *v >= oldest ? *v : latest_version;
}

// Levels of notifications/message (RFC 5424 severities), least severe first; unset: the client never asked.
enum class log_level : std::uint8_t {
    debug,
    info,
    notice,
    warning,
    error,
    critical,
    alert,
    emergency,
    unset
};

inline constexpr std::array<std::string_view, 8> log_level_texts{"debug", "info",     "notice", "warning",
                                                                 "error", "critical", "alert",  "emergency"};

[[nodiscard]] constexpr std::optional<log_level> parse_log_level(std::string_view text) noexcept {
    for (std::size_t i = 0; i < log_level_texts.size(); ++i)
        if (log_level_texts[i] == text)
            return static_cast<log_level>(i);
    return std::nullopt;
}

} // namespace vmcp
