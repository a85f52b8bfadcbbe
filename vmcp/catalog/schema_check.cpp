#include "vmcp/catalog/schema_check.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/ecma_pattern.hpp"
#include "vmcp/catalog/json_parts.hpp"
#include "vmcp/catalog/schema_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace vmcp {
namespace {

// What a keyword holds.
enum class holds : std::uint8_t {
    note, // says nothing to a validator
    text,
    number,
    flag,
    names, // strings
    types,
    values, // of an enumeration
    schema,
    schemas,
    schema_or_schemas,
    schema_map,
    pattern_map,
    schema_or_names_map,
    pattern,
    reference,
    anchor,
    identity,
    nullable, // of OpenAPI
    foreign,  // of an older draft; left out
    refused,
};

struct keyword {
    std::string_view name;
    holds what;
};

constexpr std::array keywords{
    keyword{"$schema", holds::text},
    keyword{"$id", holds::identity},
    keyword{"id", holds::foreign},
    keyword{"$anchor", holds::anchor},
    keyword{"$dynamicAnchor", holds::anchor},
    keyword{"$ref", holds::reference},
    keyword{"$comment", holds::note},
    keyword{"title", holds::note},
    keyword{"description", holds::note},
    keyword{"examples", holds::note},
    keyword{"deprecated", holds::note},
    keyword{"readOnly", holds::note},
    keyword{"writeOnly", holds::note},
    keyword{"contentEncoding", holds::note},
    keyword{"contentMediaType", holds::note},
    keyword{"type", holds::types},
    keyword{"enum", holds::values},
    keyword{"format", holds::text},
    keyword{"pattern", holds::pattern},
    keyword{"multipleOf", holds::number},
    keyword{"maximum", holds::number},
    keyword{"minimum", holds::number},
    keyword{"exclusiveMaximum", holds::number},
    keyword{"exclusiveMinimum", holds::number},
    keyword{"maxLength", holds::number},
    keyword{"minLength", holds::number},
    keyword{"maxItems", holds::number},
    keyword{"minItems", holds::number},
    keyword{"maxContains", holds::number},
    keyword{"minContains", holds::number},
    keyword{"maxProperties", holds::number},
    keyword{"minProperties", holds::number},
    keyword{"uniqueItems", holds::flag},
    keyword{"required", holds::names},
    keyword{"properties", holds::schema_map},
    keyword{"patternProperties", holds::pattern_map},
    keyword{"dependentSchemas", holds::schema_map},
    keyword{"$defs", holds::schema_map},
    keyword{"definitions", holds::schema_map},
    keyword{"dependencies", holds::schema_or_names_map},
    keyword{"items", holds::schema_or_schemas},
    keyword{"additionalItems", holds::schema},
    keyword{"unevaluatedItems", holds::schema},
    keyword{"contains", holds::schema},
    keyword{"additionalProperties", holds::schema},
    keyword{"unevaluatedProperties", holds::schema},
    keyword{"propertyNames", holds::schema},
    keyword{"contentSchema", holds::schema},
    keyword{"not", holds::schema},
    keyword{"if", holds::schema},
    keyword{"then", holds::schema},
    keyword{"else", holds::schema},
    keyword{"prefixItems", holds::schemas},
    keyword{"allOf", holds::schemas},
    keyword{"anyOf", holds::schemas},
    keyword{"oneOf", holds::schemas},
    keyword{"nullable", holds::nullable},
    keyword{"formatMaximum", holds::refused},
    keyword{"formatMinimum", holds::refused},
    keyword{"formatExclusiveMaximum", holds::refused},
    keyword{"formatExclusiveMinimum", holds::refused},
};

bool is_type(const json_slice& value) {
    constexpr std::array<std::string_view, 7> known{"null",   "boolean", "object", "array",
                                                    "number", "string",  "integer"};
    const auto word = unquoted(value.raw);
    return word && std::ranges::find(known, *word) != known.end();
}

class schema_walk {
public:
    explicit schema_walk(std::string_view root) : root_(root), places_(root) {}

    schema_verdict run() {
        auto mended = schema({root_, json_kind::object}, "", 0);
        // What lies outside of all keywords is a schema once something refers to it.
        for (std::size_t i = 0; i < places_.references().size() && problem_.empty(); ++i) {
            const auto target = places_.target_of(i);
            if (!target)
                complain("$ref",
                         fmt::format("leads nowhere: {}", places_.references()[i].text.substr(0, 100)));
            else if (!places_.walked(*target) && schema(*target, "$ref", 0))
                complain("$ref", "leads to what is no schema");
        }
        if (problem_.empty() && places_.circular())
            complain("$ref", "leads back to itself");
        if (!problem_.empty())
            return {.problem = std::move(problem_)};
        return {.mended = std::move(mended).value_or("")};
    }

private:
    static constexpr unsigned deepest = 64;

    void complain(std::string_view path, std::string_view problem) {
        if (problem_.empty())
            problem_ = fmt::format("\"{}\" {}", path, problem);
    }

    static std::string inside(std::string_view path, std::string_view raw_key) {
        const auto key = unquoted(raw_key).value_or("?");
        return path.empty() ? key.substr(0, 100) : fmt::format("{}.{}", path, key.substr(0, 100));
    }

    json_change schema(const json_slice& value, const std::string& path, unsigned depth) {
        if (!problem_.empty() || value.kind == json_kind::boolean) {
            places_.walk(value);
            return std::nullopt;
        }
        if (value.kind == json_kind::array && is_empty(value))
            return "{}";
        if (value.kind != json_kind::object || depth > deepest) {
            complain(path, depth > deepest ? "is nested too deeply" : "is not a schema");
            return std::nullopt;
        }
        if (!places_.walk(value))
            return std::nullopt;
        object_text out;
        const auto members = members_of(value.raw);
        for (const auto& m : members) {
            const auto known =
                std::ranges::find_if(keywords, [&](const keyword& k) { return json_key_is(m.key, k.name); });
            if (known == keywords.end())
                out.keep(m);
            else if (m.value.kind == json_kind::null || says_nothing(*known, m.value, members))
                out.dropped();
            else
                out.put(m, keyword_value(known->what, m.value, {value, inside(path, m.key), depth}));
        }
        return out.text();
    }

    // "nullable" adds null to a "type", if it is true.
    static bool says_nothing(const keyword& known, const json_slice& value,
                             const std::vector<json_part>& members) {
        const auto is_given = [](const json_part& m) {
            return json_key_is(m.key, "type") && m.value.kind != json_kind::null;
        };
        return known.what == holds::foreign ||
               (known.what == holds::nullable &&
                (value.raw != "true" || std::ranges::none_of(members, is_given)));
    }

    struct place {
        json_slice schema{}; // that the keyword belongs to
        std::string path{};
        unsigned depth = 0;
    };

    json_change keyword_value(holds content, const json_slice& value, const place& at) {
        const auto need = [&](bool good, std::string_view otherwise) -> json_change {
            if (!good)
                complain(at.path, otherwise);
            return std::nullopt;
        };
        const bool text = value.kind == json_kind::string;
        switch (content) {
        case holds::text:
            return need(text, "is not a string");
        case holds::number:
            return need(value.kind == json_kind::number, "is not a number");
        case holds::flag:
            return need(value.kind == json_kind::boolean, "is not a boolean");
        case holds::types:
            return need(text ? is_type(value) : is_list_of_types(value), "is no type of JSON Schema");
        case holds::values:
            return need(value.kind == json_kind::array && !is_empty(value), "is not a list of values");
        case holds::pattern:
            return need(text && is_ecma_pattern(unquoted(value.raw).value_or("(")),
                        "is no regular expression of JavaScript");
        case holds::anchor:
            return need(text && places_.add_anchor(at.schema, value.raw), "is no anchor, or there are two");
        case holds::identity:
            return need(text && at.schema.raw.data() == root_.data(),
                        text ? "names a part, and is not looked up" : "is not a string");
        case holds::reference:
            if (text)
                places_.add_reference(at.schema, value.raw);
            return need(text, "is not a string");
        case holds::refused:
            return need(false, "is not known to all validators");
        case holds::note:
        case holds::nullable:
        case holds::foreign:
            return std::nullopt;
        default:
            return subschemas(content, value, at.path, at.depth + 1);
        }
    }

    static bool is_list_of_types(const json_slice& value) {
        const auto all = value.kind == json_kind::array ? elements_of(value.raw) : std::vector<json_slice>();
        return !all.empty() && std::ranges::all_of(all, is_type);
    }

    json_change subschemas(holds content, const json_slice& value, const std::string& path, unsigned depth) {
        if (content == holds::schema)
            return schema(value, path, depth);
        if (content == holds::names)
            return names(value, path);
        if (content == holds::schema_or_schemas)
            return value.kind == json_kind::array && !is_empty(value) ? list(value, path, depth)
                                                                      : schema(value, path, depth);
        return content == holds::schemas ? list(value, path, depth) : map(content, value, path, depth);
    }

    json_change list(const json_slice& value, const std::string& path, unsigned depth) {
        if (value.kind != json_kind::array)
            return empty_or_wrong(value, json_kind::object, "[]", path);
        array_text out;
        std::size_t i = 0;
        for (const auto& element : elements_of(value.raw))
            out.put(element, schema(element, fmt::format("{}[{}]", path, i++), depth));
        return out.text();
    }

    json_change map(holds content, const json_slice& value, const std::string& path, unsigned depth) {
        if (value.kind != json_kind::object)
            return empty_or_wrong(value, json_kind::array, "{}", path);
        object_text out;
        for (const auto& m : members_of(value.raw)) {
            const auto place = inside(path, m.key);
            if (content == holds::pattern_map && !is_ecma_pattern(unquoted(m.key).value_or("(")))
                complain(place, "is no regular expression of JavaScript");
            if (m.value.kind == json_kind::null)
                out.put(m, "{}"); // nothing is said of it
            else if (content == holds::schema_or_names_map && m.value.kind == json_kind::array)
                out.put(m, names(m.value, place));
            else
                out.put(m, schema(m.value, place, depth));
        }
        return out.text();
    }

    json_change names(const json_slice& value, const std::string& path) {
        if (value.kind != json_kind::array)
            return empty_or_wrong(value, json_kind::object, "[]", path);
        for (const auto& element : elements_of(value.raw))
            if (element.kind != json_kind::string)
                complain(path, "is not a list of names");
        return std::nullopt;
    }

    json_change empty_or_wrong(const json_slice& value, json_kind instead, std::string_view now,
                               const std::string& path) {
        if (value.kind == instead && is_empty(value))
            return std::string(now);
        complain(path, now == "[]" ? "is not an array" : "is not an object");
        return std::nullopt;
    }

    std::string_view root_;
    schema_places places_;
    std::string problem_{};
};

} // namespace

schema_verdict check_schema(std::string_view raw) {
    return schema_walk(raw).run();
}

} // namespace vmcp
