#include "vmcp/catalog/mirrored_arguments.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vmcp {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr unsigned depth = 1000;

// Keywords of JSON Schema 2020-12 whose values are schemas, arrays of schemas, or objects of schemas. An annotation below
// one of them belongs to no argument that could be named.
constexpr std::array<std::string_view, 15> applicators{"items",
                                                       "prefixItems",
                                                       "contains",
                                                       "additionalProperties",
                                                       "unevaluatedItems",
                                                       "not",
                                                       "unevaluatedProperties",
                                                       "anyOf",
                                                       "oneOf",
                                                       "allOf",
                                                       "propertyNames",
                                                       "if",
                                                       "then",
                                                       "else",
                                                       "additionalItems"};
constexpr std::array<std::string_view, 4> maps{"$defs", "definitions", "patternProperties",
                                               "dependentSchemas"};

bool is_token(std::string_view text) {
    constexpr std::string_view more = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               more.find(c) != std::string_view::npos;
    });
}

bool is_primitive(std::string_view raw_type) {
    return raw_type == R"("string")" || raw_type == R"("integer")" || raw_type == R"("boolean")";
}

// A type of its own, or one of several where null is the other: null is not repeated anyway.
bool can_be_repeated(const json_slice& type) {
    if (type.kind != json_kind::array)
        return is_primitive(type.raw);
    json_cursor cursor(type.raw, depth);
    bool done = false;
    bool any = false;
    if (!cursor.enter_array())
        return false;
    for (json_slice one; cursor.next_element(done) && !done;) {
        if (!cursor.value(one) || !(is_primitive(one.raw) || one.raw == R"("null")"))
            return false;
        any = any || is_primitive(one.raw);
    }
    return any;
}

// All of a schema, in one walk: the annotation may stand before or behind what it is about.
class walk {
public:
    explicit walk(std::string_view schema) : cursor_(schema, depth) { schema_comes(true); }

    mirrored_arguments found{};

private:
    // Hands the name of each member of what comes next to `each`, which has to read its value; what is no object is passed over.
    template <class Each>
    bool members(const Each& each) {
        json_kind kind{};
        json_slice value;
        std::string_view key;
        bool done = false;
        if (!cursor_.peek(kind))
            return false;
        if (kind != json_kind::object)
            return cursor_.value(value);
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(key, done) && !done)
            if (!each(key))
                return false;
        return done;
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the cursor goes
    bool schema_comes(bool reachable) {
        json_slice type;
        json_slice wanted;
        const bool walked = members([&](std::string_view key) {
            const auto is = [&](std::string_view name) { return json_key_is(key, name); };
            if (is("properties"))
                return properties_come(reachable);
            if (std::ranges::any_of(maps, is))
                return members([this](std::string_view) { return schema_comes(false); });
            if (std::ranges::any_of(applicators, is))
                return schemas_come();
            json_slice value;
            if (!cursor_.value(value))
                return false;
            if (is("type"))
                type = value;
            else if (is(annotation))
                wanted = value;
            return true;
        });
        if (!wanted.empty())
            note(wanted, type, reachable);
        return walked;
    }

    // NOLINTNEXTLINE(misc-no-recursion): the same
    bool schemas_come() {
        json_kind kind{};
        if (!cursor_.peek(kind))
            return false;
        if (kind != json_kind::array)
            return schema_comes(false);
        bool done = false;
        if (!cursor_.enter_array())
            return false;
        while (cursor_.next_element(done) && !done)
            if (!schema_comes(false))
                return false;
        return done;
    }

    // NOLINTNEXTLINE(misc-no-recursion): the same
    bool properties_come(bool reachable) {
        return members([&](std::string_view key) {
            path_.push_back(unquoted(key).value_or(""));
            const bool walked = schema_comes(reachable);
            path_.pop_back();
            return walked;
        });
    }

    void note(const json_slice& wanted, const json_slice& type, bool reachable) {
        auto header = unquoted(wanted.raw).value_or("");
        if (!reachable || path_.empty())
            flaw("it stands where no argument of its own is");
        else if (!is_token(header))
            flaw("it is no name of a header field");
        else if (!can_be_repeated(type))
            flaw("its property is no string, integer or boolean");
        else if (std::ranges::any_of(found.all,
                                     [&](const auto& other) { return iequals(other.header, header); }))
            flaw(fmt::format("two properties want {}", header));
        if (reachable && !path_.empty() && !header.empty())
            found.all.push_back({std::move(header), path_});
    }

    void flaw(std::string why) {
        if (found.flaw.empty())
            found.flaw = std::move(why);
    }

    json_cursor cursor_;
    std::vector<std::string> path_{};
};

} // namespace

mirrored_arguments read_mirrored_arguments(std::string_view entry) {
    if (entry.find(annotation) == std::string_view::npos)
        return {};
    return std::move(walk(json_member(entry, "inputSchema", depth).raw).found);
}

json_slice argument_at(std::string_view arguments, const std::vector<std::string>& path) {
    json_slice out{arguments, json_kind::object};
    for (const auto& name : path)
        out = json_member(out.raw, name, depth);
    return out;
}

} // namespace vmcp
