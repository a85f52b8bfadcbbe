// Entries of lists that do not fit the protocol's schema, one of each kind that backends were seen to write.
#pragma once

#include "vmcp/catalog/list_kind.hpp"

#include <span>
#include <string>
#include <string_view>

namespace vmcp {

struct entry_sample {
    list_kind kind;
    std::string_view text; // JSON
};

[[nodiscard]] std::span<const entry_sample> entry_samples() noexcept;

// What becomes of it where `aggregation.invalidEntries` is `repair`, and why.
struct sample_verdict {
    std::string_view word; // passed, mended, hidden
    std::string reason{};
    std::string otherwise{}; // for clients of other revisions than 2025-11-25: "2026-07-28: passed"
};
[[nodiscard]] sample_verdict verdict_of(const entry_sample& one);

} // namespace vmcp
