#include "transport/mcp/front/mirrored_params.hpp"

#include "transport/mcp/front/modern_envelope.hpp"
#include "vmcp/base/canonical_json.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace transport {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr unsigned depth = 1000;

// A property that wants to be repeated.
struct annotated {
    std::string header{};
    std::vector<std::string> path{}; // of names, from the arguments down
};

// All of a schema, in one walk: the annotation may stand before or behind what it is about.
class annotations {
public:
    explicit annotations(std::string_view schema) : cursor_(schema, depth) { walk_schema(); }

    std::vector<annotated> found{};

private:
    // Hands the name of each member of what comes next to `each`, which has to read its value; what is no object is passed over.
    template <class Each>
    bool walk_members(const Each& each) {
        vmcp::json_kind kind{};
        vmcp::json_slice value;
        std::string_view key;
        bool done = false;
        if (!cursor_.peek(kind))
            return false;
        if (kind != vmcp::json_kind::object)
            return cursor_.value(value);
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(key, done) && !done)
            if (!each(key))
                return false;
        return done;
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the cursor goes
    bool walk_schema() {
        return walk_members([this](std::string_view key) {
            vmcp::json_slice value;
            if (vmcp::json_key_is(key, "properties") ? !walk_properties() : !cursor_.value(value))
                return false;
            if (!path_.empty() && vmcp::json_key_is(key, annotation))
                note(value);
            return true;
        });
    }

    // NOLINTNEXTLINE(misc-no-recursion): the same
    bool walk_properties() {
        return walk_members([this](std::string_view key) {
            path_.push_back(vmcp::unquoted(key).value_or(""));
            const bool walked = walk_schema();
            path_.pop_back();
            return walked;
        });
    }

    void note(const vmcp::json_slice& value) {
        if (auto header = vmcp::unquoted(value.raw); header && !header->empty())
            found.push_back({*std::move(header), path_});
    }

    vmcp::json_cursor cursor_;
    std::vector<std::string> path_{};
};

vmcp::json_slice at(std::string_view arguments, const std::vector<std::string>& path) {
    vmcp::json_slice out{arguments, vmcp::json_kind::object};
    for (const auto& name : path)
        out = vmcp::json_member(out.raw, name, depth);
    return out;
}

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
    if (entry.find(annotation) == std::string_view::npos)
        return {};
    const annotations all(vmcp::json_member(entry, "inputSchema", depth).raw);
    for (const auto& one : all.found) {
        const auto name = fmt::format("Mcp-Param-{}", one.header);
        if (auto problem = problem_of(name, at(arguments, one.path), field(name)); !problem.empty())
            return problem;
    }
    return {};
}

} // namespace transport
