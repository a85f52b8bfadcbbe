// Tool names that every client accepts: `^[A-Za-z0-9_.-]{1,64}$`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vmcp {

// The revisions of MCP allow 128 characters, but widely used clients and model APIs refuse more than 64.
inline constexpr std::size_t max_tool_name = 64;

// Whether `name` can be exposed as it is.
[[nodiscard]] bool valid_tool_name(std::string_view name) noexcept;

// Why it cannot, for people; empty when it can.
[[nodiscard]] std::string_view tool_name_problem(std::string_view name) noexcept;

// A valid name for one that is not: `prefix` is what the gateway put before the tool's own `name`. Other
// characters become '_', what is too long is cut, and a tail made of the hash of the whole name keeps
// different names apart. The prefix is cut first (its separator stays), so that people can still read what
// the tool does; the tool's own part only where it fills the name alone. The tail is always there, even where
// the name would still be unique without it, so that a name depends on nothing but itself: it stays the same
// when another backend comes or goes. `attempt` gives another tail for the case that the result is taken.
[[nodiscard]] std::string clean_tool_name(std::string_view prefix, std::string_view name,
                                          unsigned attempt = 0);

} // namespace vmcp
