// One JSON object of a token, a key set or a metadata document, read more strictly than JSON itself asks:
// a document that two readers could understand differently is refused.
#pragma once

#include "auth/flaw.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

// Deeper nesting than this is refused in everything that this folder reads.
inline constexpr unsigned max_depth = 16;

// The members of one object. Slices point into the text given to parse() and live as long as that does.
class json_object {
public:
    // The whole text must be one object (RFC 8259); no object at any depth may hold a name twice (RFC 7515
    // section 4, RFC 7519 section 4), and no string a lone surrogate. The object itself is depth 1.
    [[nodiscard]] static parsed<json_object> parse(std::string_view text, unsigned depth = max_depth);

    // The member's value, or an empty slice.
    [[nodiscard]] vmcp::json_slice find(std::string_view name) const noexcept;
    [[nodiscard]] bool has(std::string_view name) const noexcept { return !find(name).empty(); }

    // The member as a string. Absent: success without a value. A flaw when it is of another type.
    [[nodiscard]] parsed<std::optional<std::string>> string(std::string_view name) const;

    // The member as a string that must be there.
    [[nodiscard]] parsed<std::string> required_string(std::string_view name) const;

    // The member as an array of strings.
    [[nodiscard]] parsed<std::optional<std::vector<std::string>>> strings(std::string_view name) const;

    // The member as a string, which gives one entry, or an array of strings.
    [[nodiscard]] parsed<std::optional<std::vector<std::string>>>
    string_or_strings(std::string_view name) const;

    [[nodiscard]] const std::vector<std::pair<std::string, vmcp::json_slice>>& members() const noexcept {
        return members_;
    }

private:
    std::vector<std::pair<std::string, vmcp::json_slice>> members_{};
};

} // namespace auth
