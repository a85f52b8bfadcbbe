// The `requestState` of a call that waits for its client's answers (MCP 2026-07-28, basic/patterns/mrtr): sealed, so that a
// client can neither read nor change it, and bound to one caller and one request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

struct sealed_place {
    std::uint64_t number = 0; // of the parked call
    std::int64_t expires = 0; // steady milliseconds
    std::string binding{};    // digest of who asks for what
    friend bool operator==(const sealed_place&, const sealed_place&) = default;
};

// AES-256-GCM under a key that is new with each start of the process, as the calls it leads to are. Thread-safe.
class state_seal {
public:
    state_seal();
    [[nodiscard]] std::string seal(const sealed_place& place) const;
    // Nothing when the text was not sealed by this, byte for byte.
    [[nodiscard]] std::optional<sealed_place> open(std::string_view text) const;

private:
    std::array<unsigned char, 32> key_{};
};

// SHA-256 over the parts, each with its length, so that no two lists of parts give the same.
[[nodiscard]] std::string digest_of(std::initializer_list<std::string_view> parts);

} // namespace transport
