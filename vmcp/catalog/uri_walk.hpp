// Finds the URIs that a JSON text carries as references to resources of the backend that wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Which members are references: `all`: strings that are called "uri" (MCP schema: contents, resource links, errors,
// notifications), "resourceUri", "ui/resourceUri" (MCP Apps extension: `_meta.ui.resourceUri`) or "openai/outputTemplate" (what
// went before it); `pages`: all but the first.
enum class references : std::uint8_t { all, pages };

// Whether a text can carry any: one search.
[[nodiscard]] bool may_mention_uris(std::string_view json) noexcept;

// Asks `expose` about every reference, decoded, at any depth and in order, and gives `json` with what it made of them; all other
// bytes stay. Nothing when `expose` changed none: most results are long, and pass as they came.
[[nodiscard]] std::optional<std::string>
with_uris(std::string_view json, references which,
          const std::function<std::string(const std::string& uri)>& expose);

} // namespace vmcp
