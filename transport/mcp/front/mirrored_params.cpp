#include "transport/mcp/front/mirrored_params.hpp"

#include "transport/mcp/front/modern_envelope.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace transport {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr unsigned depth = 1000;

// Numbers are compared as numbers, so that 1 and 1.0 are the same.
bool same_number(const std::string& header, std::string_view raw) {
    const std::string body(raw);
    char* end = nullptr;
    const double given = std::strtod(header.c_str(), &end);
    if (header.empty() || *end != '\0')
        return false;
    return header == body || given == std::strtod(body.c_str(), nullptr);
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

std::string problem_of(const std::string& name, const vmcp::json_slice& value,
                       const std::optional<std::string_view>& given) {
    const bool absent = value.empty() || value.kind == vmcp::json_kind::null;
    if (absent && !given)
        return {};
    if (absent)
        return name + " repeats an argument that is not there";
    if (!given)
        return name + " is missing";
    const auto text = mirrored_text(*given);
    if (!text)
        return name + " is not valid base64";
    return agrees(*text, value) ? std::string() : name + " is not what the argument says";
}

} // namespace

std::string mirror_problem(std::string_view entry, std::string_view arguments, const field_lookup& field) {
    if (entry.find(annotation) == std::string_view::npos)
        return {};
    const auto schema = vmcp::json_member(entry, "inputSchema", depth);
    const auto properties = vmcp::json_member(schema.raw, "properties", depth);
    vmcp::json_cursor cursor(properties.raw, depth);
    std::string_view key;
    vmcp::json_slice property;
    bool done = false;
    if (!cursor.enter_object())
        return {};
    while (cursor.next_member(key, done) && !done && cursor.value(property)) {
        const auto header = vmcp::unquoted(vmcp::json_member(property.raw, annotation, depth).raw);
        if (!header || header->empty())
            continue;
        const auto name = fmt::format("Mcp-Param-{}", *header);
        const auto value = vmcp::json_member(arguments, vmcp::unquoted(key).value_or(""), depth);
        if (auto problem = problem_of(name, value, field(name)); !problem.empty())
            return problem;
    }
    return {};
}

} // namespace transport
