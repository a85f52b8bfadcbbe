// The revisions whose schemas of list entries differ, as far as clients speak them.
#pragma once

#include "vmcp/model/version.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vmcp {

enum class list_revision : std::uint8_t { of_2025_03_26, of_2025_06_18, of_2025_11_25, of_2026_07_28 };

inline constexpr std::array<list_revision, 4> all_list_revisions{
    list_revision::of_2025_03_26, list_revision::of_2025_06_18, list_revision::of_2025_11_25,
    list_revision::of_2026_07_28};

// That of most clients: what is said of entries without naming a revision is said of this one.
inline constexpr list_revision usual_revision = list_revision::of_2025_11_25;

[[nodiscard]] constexpr std::string_view text_of(list_revision revision) noexcept {
    constexpr std::array<std::string_view, all_list_revisions.size()> texts{
        text_of(protocol_version::v2025_03_26), text_of(protocol_version::v2025_06_18),
        text_of(protocol_version::v2025_11_25), stateless_version};
    return texts[static_cast<std::size_t>(revision)];
}

// Clients of older revisions are given the oldest of these.
[[nodiscard]] constexpr list_revision list_revision_of(protocol_version version) noexcept {
    switch (version) {
    case protocol_version::v2024_11_05:
    case protocol_version::v2025_03_26:
        return list_revision::of_2025_03_26;
    case protocol_version::v2025_06_18:
        return list_revision::of_2025_06_18;
    case protocol_version::v2025_11_25:
        break;
    }
    return list_revision::of_2025_11_25;
}

} // namespace vmcp
