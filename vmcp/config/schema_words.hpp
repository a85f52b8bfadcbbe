// The schema table in words: what a row wants, and what a wrong key was probably meant to be.
#pragma once

#include "vmcp/config/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// "a whole number from 1 to 1000", "true or false", "URL", "one of: prefix, priority, manual".
[[nodiscard]] std::string wanted(const schema_row& row);

// "from 1 to 1000", "from 100ms to 24h", "from 1KiB to 1GiB".
[[nodiscard]] std::string range_text(const value_spec& spec);

// "one of: a, b", or "'a'" where there is one choice only.
[[nodiscard]] std::string choices_text(const value_spec& spec);

// The value in quotes, shortened; "another value" where it must not be shown.
[[nodiscard]] std::string shown(const config_node& node, const value_spec& spec);

// "; did you mean 'x'?", or nothing when no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view text,
                                       const std::vector<std::string_view>& candidates);

// For a key that `section` does not know. Names what it may have been meant to be: the key of the section
// that is spelled most alike, and the place in the whole schema (`root`) where a key of this name belongs;
// else the keys of the section.
[[nodiscard]] std::string unknown_key_text(const schema_node& root, const schema_node& section,
                                           std::string_view key);

// "not supported yet", with what to do instead where there is something.
[[nodiscard]] std::string not_yet_text(const schema_row& row);

} // namespace vmcp
