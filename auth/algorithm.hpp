// The signature algorithms of RFC 7518 section 3.1 and RFC 8037 (RFC 9864) that can be checked with a public
// key. There is no value for "none" or for a symmetric algorithm, so neither can ever be chosen.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

// `eddsa` is Ed25519, under either of its names: "EdDSA" and "Ed25519".
enum class algorithm : std::uint8_t {
    rs256,
    rs384,
    rs512,
    ps256,
    ps384,
    ps512,
    es256,
    es384,
    es512,
    eddsa,
};

// Names are case-sensitive (RFC 7515 section 4.1.1).
[[nodiscard]] std::optional<algorithm> algorithm_from(std::string_view name) noexcept;
[[nodiscard]] std::string_view name_of(algorithm which) noexcept;

// Type and curve of a key: `kty` and `crv`.
enum class key_kind : std::uint8_t { rsa, p256, p384, p521, ed25519 };

// Whether signatures of this algorithm are made with such keys.
[[nodiscard]] bool fits(algorithm which, key_kind key) noexcept;

// Which algorithms are let in. A value.
class algorithm_set {
public:
    constexpr algorithm_set() noexcept = default;
    constexpr algorithm_set(std::initializer_list<algorithm> which) noexcept {
        for (const auto one : which)
            insert(one);
    }

    constexpr void insert(algorithm which) noexcept { bits_ |= bit(which); }
    [[nodiscard]] constexpr bool contains(algorithm which) const noexcept {
        return (bits_ & bit(which)) != 0;
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

    friend constexpr bool operator==(algorithm_set, algorithm_set) noexcept = default;

private:
    static constexpr std::uint16_t bit(algorithm which) noexcept {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(which));
    }

    std::uint16_t bits_ = 0;
};

// The names, separated by blanks, in the order of the enum.
[[nodiscard]] std::string algorithm_list(algorithm_set which);

// What is let in unless configured. The longer ones are left out because checking one ES384 signature takes a
// millisecond of CPU that anybody can ask for.
inline constexpr algorithm_set default_algorithms{algorithm::rs256, algorithm::ps256, algorithm::es256,
                                                  algorithm::eddsa};

} // namespace auth
