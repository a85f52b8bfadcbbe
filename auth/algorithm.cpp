#include "auth/algorithm.hpp"

#include <array>
#include <cstddef>

namespace auth {
namespace {

struct algorithm_row {
    algorithm which;
    std::string_view name;
    key_kind key;
};

// In the order of the enum.
constexpr std::array<algorithm_row, 10> rows{{
    {algorithm::rs256, "RS256", key_kind::rsa},
    {algorithm::rs384, "RS384", key_kind::rsa},
    {algorithm::rs512, "RS512", key_kind::rsa},
    {algorithm::ps256, "PS256", key_kind::rsa},
    {algorithm::ps384, "PS384", key_kind::rsa},
    {algorithm::ps512, "PS512", key_kind::rsa},
    {algorithm::es256, "ES256", key_kind::p256},
    {algorithm::es384, "ES384", key_kind::p384},
    {algorithm::es512, "ES512", key_kind::p521},
    {algorithm::eddsa, "EdDSA", key_kind::ed25519},
}};

} // namespace

std::optional<algorithm> algorithm_from(std::string_view name) noexcept {
    for (const auto& row : rows) {
        if (row.name == name)
            return row.which;
    }
    if (name == "Ed25519")
        return algorithm::eddsa;
    return std::nullopt;
}

std::string_view name_of(algorithm which) noexcept {
    return rows[static_cast<std::size_t>(which)].name;
}

std::string algorithm_list(algorithm_set which) {
    std::string out;
    for (const auto& row : rows) {
        if (which.contains(row.which))
            out.append(out.empty() ? "" : " ").append(row.name);
    }
    return out;
}

bool fits(algorithm which, key_kind key) noexcept {
    return rows[static_cast<std::size_t>(which)].key == key;
}

} // namespace auth
