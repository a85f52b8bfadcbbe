// A JSON Web Key Set (RFC 7517 section 5): the keys that an issuer signs with.
#pragma once

#include "auth/jwk.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

inline constexpr std::size_t max_key_set = std::size_t{512} << 10; // bytes of the document
inline constexpr std::size_t max_keys = 100;

// Immutable after parse(); threads may share one.
class jwk_set {
public:
    // A flaw when the document is too long, no object with an array `keys` of at most 100 objects, or
    // ambiguous JSON. A single key that is of no use is left out (RFC 7517 section 5 asks for that), and
    // dropped() says why. A set without a usable key is a set: it verifies nothing.
    [[nodiscard]] static parsed<jwk_set> parse(std::string_view document);

    enum class match : std::uint8_t { one, none, several };
    struct choice {
        match how = match::none;
        const jwk* key = nullptr; // when `one`; lives as long as the set
    };

    // The key of this id (any, when the signature names none) that such a signature can be made with. Two
    // that could both be meant are none: which one is right must not depend on trying.
    [[nodiscard]] choice choose(algorithm alg, const std::optional<std::string>& id) const noexcept;

    [[nodiscard]] std::span<const jwk> keys() const noexcept { return keys_; }

    // One line for each key that was left out: its position and why, and its id made printable.
    [[nodiscard]] std::span<const std::string> dropped() const noexcept { return dropped_; }

private:
    std::vector<jwk> keys_{};
    std::vector<std::string> dropped_{};
};

} // namespace auth
