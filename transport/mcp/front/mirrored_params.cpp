#include "transport/mcp/front/mirrored_params.hpp"

#include "transport/mcp/front/modern_envelope.hpp"
#include "vmcp/base/canonical_json.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/mirrored_arguments.hpp"

#include <fmt/format.h>

namespace transport {
namespace {

// By value, so that 1 and 1.0 are the same, and exactly: two integers may be one double.
bool same_number(std::string_view header, std::string_view raw) {
    const auto given = vmcp::canonical_number(header);
    return given && given == vmcp::canonical_number(raw);
}

bool agrees(const std::string& header, const vmcp::json_slice& value) {
    switch (value.kind) {
    case vmcp::json_kind::string:
        return vmcp::unquoted(value.raw) == header;
    case vmcp::json_kind::number:
        return same_number(header, value.raw);
    default:
        return header == value.raw;
    }
}

std::string problem_of(const std::string& name, const vmcp::json_slice& value, const repeated_field& given) {
    const bool absent = value.empty() || value.kind == vmcp::json_kind::null;
    if (absent && !given.value)
        return {};
    if (given.contradicts_itself)
        return name + " is given twice, with different values";
    if (absent)
        return name + " repeats an argument that is not there";
    if (!given.value)
        return name + " is missing";
    const auto text = mirrored_text(*given.value);
    if (!text)
        return name + " is not valid base64";
    return agrees(*text, value) ? std::string() : name + " is not what the argument says";
}

} // namespace

std::string mirror_problem(std::string_view entry, std::string_view arguments, const field_lookup& field) {
    for (const auto& one : vmcp::read_mirrored_arguments(entry).all) {
        const auto name = fmt::format("Mcp-Param-{}", one.header);
        if (auto problem = problem_of(name, vmcp::argument_at(arguments, one.path), field(name));
            !problem.empty())
            return problem;
    }
    return {};
}

} // namespace transport
