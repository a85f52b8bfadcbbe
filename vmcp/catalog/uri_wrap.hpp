// Two backends may claim one URI. The later one's is then exposed as `mcp+<backend>:<uri>`, which leads back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// The schemes of all backends. A URI scheme knows letters, digits, '+', '-' and '.' and no case (RFC 3986
// section 3.1), so that a backend's name stands in it as it is only when it fits, else in a form with a hash;
// no two backends share one.
class uri_wrapper {
public:
    uri_wrapper() = default;
    explicit uri_wrapper(const std::vector<std::string>& backends);

    [[nodiscard]] std::string wrap(std::uint32_t backend, std::string_view uri) const;

    // The backend and the URI that wrap() was given; nothing for any other text. The returned view is a part
    // of `uri`.
    [[nodiscard]] std::optional<std::pair<std::uint32_t, std::string_view>>
    unwrap(std::string_view uri) const;

    // The normal form (uri_normal.hpp), also of what is wrapped.
    [[nodiscard]] std::string normal(std::string_view uri) const;

    // Whether it begins as wrapped forms do, of whatever gateway.
    [[nodiscard]] static bool looks_wrapped(std::string_view uri) noexcept;

    // False for http and https: clients may fetch those themselves, which a wrapped form would break.
    [[nodiscard]] static bool wrappable(std::string_view uri) noexcept;

private:
    std::vector<std::string> schemes_{};                             // by backend, with the colon
    std::vector<std::pair<std::string, std::uint32_t>> by_scheme_{}; // sorted
};

} // namespace vmcp
