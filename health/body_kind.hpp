// What kind of body a peer answered with: half of what a reason says about it.
#pragma once

#include <cstdint>
#include <string_view>

namespace health {

// `rpc_error`: a JSON-RPC error object (https://www.jsonrpc.org/specification#error_object). `none`: no
// answer came.
enum class body_kind : std::uint8_t { none, empty, rpc_error, json, html, text, binary };

[[nodiscard]] std::string_view name_of(body_kind kind) noexcept;

// Judges the content first and the content type only where the content is cut off: servers mislabel bodies.
[[nodiscard]] body_kind kind_of_body(std::string_view content_type, std::string_view body) noexcept;

} // namespace health
