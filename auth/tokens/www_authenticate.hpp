// What a WWW-Authenticate field asks for, as a peer wrote it (RFC 9110 section 11.6.1).
#pragma once

#include "auth/flaw.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

struct asked_challenge {
    std::string scheme{}; // in lower case
    std::vector<std::pair<std::string, std::string>>
        parameters{}; // names in lower case, values without quotes

    // Null: it has none of this name, which is given in lower case.
    [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
    friend bool operator==(const asked_challenge&, const asked_challenge&) = default;
};

inline constexpr std::size_t max_challenges = 16;           // of one field
inline constexpr std::size_t max_challenge_parameters = 32; // of one challenge

// Reads the value of the field, or of several of its lines joined with commas. A flaw when it is not of that form, holds
// more than the bounds above, or a challenge names a parameter twice (section 11.2): two readers could understand it
// differently.
[[nodiscard]] parsed<std::vector<asked_challenge>> read_challenges(std::string_view value);

} // namespace auth
