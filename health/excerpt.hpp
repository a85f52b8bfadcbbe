// What a peer sent, made fit for a log line or a status page: kind of body, and its first bytes, printable
// and bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace health {

// `rpc_error`: a JSON-RPC error object (https://www.jsonrpc.org/specification#error_object). `none`: no
// answer came.
enum class body_kind : std::uint8_t { none, empty, rpc_error, json, html, text, binary };

[[nodiscard]] std::string_view name_of(body_kind kind) noexcept;

// Judges the content first and the content type only where the content is cut off: servers mislabel bodies.
[[nodiscard]] body_kind kind_of_body(std::string_view content_type, std::string_view body) noexcept;

inline constexpr std::size_t excerpt_limit = 120;

// At most `limit` bytes of valid UTF-8 without line breaks, control or bidirectional characters; runs of
// white space become one space, what cannot be shown becomes '?', and "..." marks a cut. Each of `secrets` of
// at least four bytes is replaced by "***" wherever it occurs: a peer may echo the credentials it refused.
[[nodiscard]] std::string excerpt_of(std::string_view bytes, std::span<const std::string> secrets = {},
                                     std::size_t limit = excerpt_limit);

// The URL as users may read it: without user info, query and fragment, where keys hide.
[[nodiscard]] std::string shown_url(std::string_view url);

} // namespace health
