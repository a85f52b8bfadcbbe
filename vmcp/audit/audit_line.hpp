// One audit record as one line of JSON: the members, their order and their words are those of ToolHive's audit log, so that
// what reads that reads this. Members of vmcp's own stand in metadata.extra.
#pragma once

#include "vmcp/model/audit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

struct line_terms {
    std::string component{};
    std::size_t max_data = 1024; // bytes of each part of `data`
    std::vector<std::string>
        secrets{}; // forms of what no line may hold, the longest first (secret_forms.hpp)
};

// With its line end. `audit_id` is a word of ours. Holds no credential of the caller, none of `terms.secrets`, and no line
// end but the last byte, whatever peers wrote.
[[nodiscard]] std::string audit_line(const audit_record& record, const line_terms& terms,
                                     std::string_view audit_id);

// Says in the file itself that lines before this one are missing.
[[nodiscard]] std::string lost_line(std::uint64_t lost, std::chrono::system_clock::time_point now,
                                    const line_terms& terms, std::string_view audit_id);

} // namespace vmcp
