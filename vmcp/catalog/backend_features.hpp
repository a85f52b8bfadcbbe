// What backends declare at `initialize`, and what the gateway declares and says in their name.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The server capabilities of one backend
// (https://modelcontextprotocol.io/specification/2025-11-25/schema: ServerCapabilities). All false while the
// backend is not known.
struct backend_features {
    bool known = false; // lists of this backend were given to merge()
    bool tools = false;
    bool tools_changed = false; // tools.listChanged
    bool prompts = false;
    bool prompts_changed = false;
    bool resources = false;
    bool resources_changed = false;
    bool subscribe = false; // resources.subscribe
    bool logging = false;
    bool completions = false;
    friend bool operator==(const backend_features&, const backend_features&) = default;
};

// Reads a raw `capabilities` object. Members of a wrong type count as absent: a backend that writes
// "tools": true still answers tools/list, and asking it is harmless.
[[nodiscard]] backend_features read_features(std::string_view capabilities) noexcept;

// The `capabilities` of the gateway, raw JSON. See the definition for why it does not depend on backends.
[[nodiscard]] std::string_view gateway_capabilities() noexcept;

// Longest merged `instructions`, in bytes: they go into the context of every client's model.
inline constexpr std::size_t max_instructions = std::size_t{64} << 10;

// At most `limit` bytes of a text, with a note in place of the rest.
[[nodiscard]] std::string cut_instructions(std::string_view text, std::size_t limit);

struct instruction_source {
    std::string_view backend{};
    std::string_view text{};
};

// The preamble, then the text of each backend that has one, under a heading with its name as soon as more
// than one has. One text alone stays as it is, byte for byte. What is longer than max_instructions is cut,
// the longest texts first, at a character boundary and with a note in place of what is missing.
[[nodiscard]] std::string merge_instructions(std::string_view preamble,
                                             const std::vector<instruction_source>& sources);

} // namespace vmcp
