// Finds the URIs that a JSON text carries as references to resources of the backend that wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Which members are references: `all`: strings that are called "uri" (MCP schema: contents, resource links, errors,
// notifications), "resourceUri" or "ui/resourceUri" (MCP Apps extension: `_meta.ui.resourceUri`); `pages`: the latter two.
enum class references : std::uint8_t { all, pages };

// Whether a text can carry any: one search.
[[nodiscard]] bool may_mention_uris(std::string_view json) noexcept;

// `json` with the value of every reference, at any depth, replaced by what `expose` makes of it; all other bytes stay.
[[nodiscard]] std::string with_uris(std::string_view json, references which,
                                    const std::function<std::string(const std::string& uri)>& expose);

// The references, decoded, in order; at most `limit`.
[[nodiscard]] std::vector<std::string> mentioned_uris(std::string_view json, std::size_t limit);

} // namespace vmcp
