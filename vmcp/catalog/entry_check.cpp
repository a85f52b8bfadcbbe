#include "vmcp/catalog/entry_check.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/entry_shape.hpp"
#include "vmcp/catalog/half_pairs.hpp"
#include "vmcp/catalog/json_parts.hpp"
#include "vmcp/catalog/moment.hpp"
#include "vmcp/catalog/schema_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace vmcp {
namespace {

std::string_view noun_of(shape_kind kind) {
    switch (kind) {
    case shape_kind::any:
        return "a value";
    case shape_kind::text:
    case shape_kind::one_of:
        return "a string";
    case shape_kind::moment:
        return "a date and time (RFC 3339)";
    case shape_kind::integer:
        return "a whole number";
    case shape_kind::fraction:
        return "a number from 0 to 1";
    case shape_kind::flag:
        return "a boolean";
    case shape_kind::array:
        return "an array";
    case shape_kind::object:
    case shape_kind::schema:
    case shape_kind::result_schema:
        break;
    }
    return "an object";
}

// One value held against one shape, and all within it. Keeps the first problem and the notes of what it mended.
class checker {
public:
    using change = json_change;

    change check(const json_slice& value, const shape& wanted, const std::string& path) {
        switch (wanted.kind) {
        case shape_kind::any:
            return std::nullopt;
        case shape_kind::object:
            return check_object(value, wanted, path);
        case shape_kind::array:
            return check_array(value, wanted, path);
        case shape_kind::schema:
        case shape_kind::result_schema:
            return check_schema(value, path);
        case shape_kind::integer:
            return check_integer(value, path);
        default:
            if (!is_scalar(value, wanted))
                complain(path, fmt::format("is not {}", described(wanted)));
            return std::nullopt;
        }
    }

    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] const std::string& note() const noexcept { return note_; }

private:
    void complain(const std::string& path, std::string_view problem) {
        if (problem_.empty())
            problem_ = fmt::format("\"{}\" {}", path, problem);
    }
    void mended(const std::string& path, std::string_view change) {
        note_.append(note_.empty() ? "" : "; ").append(fmt::format("\"{}\" {}", path, change));
    }

    static std::string described(const shape& wanted) {
        return wanted.kind == shape_kind::one_of ? fmt::format("one of {}", fmt::join(wanted.words, ", "))
                                                 : std::string(noun_of(wanted.kind));
    }

    static bool is_scalar(const json_slice& value, const shape& wanted) {
        switch (wanted.kind) {
        case shape_kind::text:
            return value.kind == json_kind::string;
        case shape_kind::one_of: {
            const auto word = value.kind == json_kind::string ? unquoted(value.raw) : std::nullopt;
            return word && std::ranges::find(wanted.words, *word) != wanted.words.end();
        }
        case shape_kind::moment: {
            const auto moment = value.kind == json_kind::string ? unquoted(value.raw) : std::nullopt;
            return moment && is_moment(*moment);
        }
        case shape_kind::fraction: {
            double n = -1;
            std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), n);
            return value.kind == json_kind::number && n >= 0 && n <= 1;
        }
        default:
            return value.kind == json_kind::boolean;
        }
    }

    // Encoders of languages without integers write "1.0" and "1e3".
    change check_integer(const json_slice& value, const std::string& path) {
        constexpr double exact = 9007199254740992; // 2^53
        double number = 0.5;
        if (value.kind == json_kind::number) {
            if (value.raw.find_first_of(".eE") == std::string_view::npos)
                return std::nullopt;
            std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), number);
        }
        if (std::trunc(number) != number || std::abs(number) > exact) {
            complain(path, "is not a whole number");
            return std::nullopt;
        }
        mended(path, "was a whole number written as a fraction");
        return fmt::format("{}", static_cast<long long>(number));
    }

    // Encoders of languages without types write one for the other.
    change empty_container(const json_slice& value, json_kind wanted, const std::string& path) {
        const bool swapped = (value.kind == json_kind::array || value.kind == json_kind::object) &&
                             value.kind != wanted && is_empty(value);
        if (!swapped) {
            complain(path, wanted == json_kind::object ? "is not an object" : "is not an array");
            return std::nullopt;
        }
        mended(path, wanted == json_kind::object ? "was [] and is {} now" : "was {} and is [] now");
        return wanted == json_kind::object ? "{}" : "[]";
    }

    change check_array(const json_slice& value, const shape& wanted, const std::string& path) {
        if (value.kind != json_kind::array)
            return empty_container(value, json_kind::array, path);
        array_text out;
        std::size_t i = 0;
        for (const auto& element : elements_of(value.raw))
            out.put(element, check(element, *wanted.element, fmt::format("{}[{}]", path, i++)));
        return out.text();
    }

    change check_object(const json_slice& value, const shape& wanted, const std::string& path) {
        if (value.kind != json_kind::object)
            return empty_container(value, json_kind::object, path);
        const auto members = members_of(value.raw);
        object_text out;
        for (const auto& m : members) {
            const auto known = std::ranges::find_if(
                wanted.members, [&](const shape_member& k) { return json_key_is(m.key, k.key); });
            if (known == wanted.members.end())
                out.keep(m);
            else if (known->value->kind == shape_kind::result_schema && m.value.kind != json_kind::null)
                put_result_schema(out, m, inside(path, known->key));
            else if (m.value.kind != json_kind::null)
                out.put(m, check(m.value, *known->value, inside(path, known->key)));
            else if (out.dropped(); !known->required)
                mended(inside(path, known->key), "was null and is left out");
        }
        for (const auto& known : wanted.members)
            if (known.required && !out.has(known.key))
                add_missing(out, known, members, path);
        return out.text();
    }

    // Clients compile it. One that they cannot compile is left out: the tool stays, and only its results are not validated,
    // while a schema with a keyword less could refuse good ones (below "not", "oneOf").
    void put_result_schema(object_text& out, const json_part& m, const std::string& path) {
        auto now = check_schema(m.value, path);
        if (!problem_.empty())
            return;
        auto deep = vmcp::check_schema(now ? *now : m.value.raw);
        if (!deep.problem.empty()) {
            mended(path, fmt::format("cannot be compiled by clients ({}) and is left out", deep.problem));
            return out.dropped();
        }
        if (!deep.mended.empty()) {
            if (!now)
                mended(path, "had keywords that say nothing");
            now = std::move(deep.mended);
        }
        out.put(m, now);
    }

    // A JSON Schema (2020-12) for objects: what MCP says of inputSchema and outputSchema.
    change check_schema(const json_slice& value, const std::string& path) {
        if (value.kind != json_kind::object) {
            const auto empty = empty_container(value, json_kind::object, path);
            return empty ? change(R"({"type":"object"})") : std::nullopt;
        }
        object_text out;
        for (const auto& m : members_of(value.raw)) {
            if (json_key_is(m.key, "type") && m.value.kind != json_kind::null)
                out.put(m, check_schema_type(m.value, path));
            else if (json_key_is(m.key, "properties") && m.value.kind != json_kind::null)
                out.put(m, check_properties(m.value, inside(path, "properties")));
            else if (json_key_is(m.key, "required") && m.value.kind != json_kind::null)
                out.put(m, check(m.value, texts_, inside(path, "required")));
            else if (m.value.kind == json_kind::null &&
                     (json_key_is(m.key, "type") || json_key_is(m.key, "properties") ||
                      json_key_is(m.key, "required")))
                out.dropped();
            else
                out.keep(m);
        }
        if (!out.has("type"))
            out.add("type", R"("object")");
        if (auto text = out.text()) {
            mended(path, "did not say in full that it describes an object");
            return text;
        }
        return std::nullopt;
    }

    change check_schema_type(const json_slice& value, const std::string& path) {
        if (unquoted(value.raw) != "object")
            complain(path, fmt::format("has the type {}, not \"object\"", value.raw.substr(0, 40)));
        return std::nullopt;
    }

    change check_properties(const json_slice& value, const std::string& path) {
        if (value.kind != json_kind::object)
            return empty_container(value, json_kind::object, path);
        object_text out;
        for (const auto& m : members_of(value.raw)) {
            if (m.value.kind == json_kind::object)
                out.keep(m);
            else if (m.value.raw == "false")
                out.put(m, R"({"not":{}})");
            else if (m.value.raw == "true" || m.value.kind == json_kind::null ||
                     (m.value.kind == json_kind::array && is_empty(m.value)))
                out.put(m, "{}");
            else
                complain(inside(path, unquoted(m.key).value_or("?")), "is not a schema");
        }
        return out.text();
    }

    void add_missing(object_text& out, const shape_member& known, const std::vector<json_part>& members,
                     const std::string& path) {
        const auto place = inside(path, known.key);
        if (known.instead.empty())
            return complain(place, "is missing");
        std::string value(known.instead);
        if (value.starts_with('@'))
            for (const auto& m : members)
                if (json_key_is(m.key, known.instead.substr(1)))
                    value = m.value.raw;
        mended(place, fmt::format("was missing and is {} now", value.substr(0, 100)));
        out.add(known.key, std::move(value));
    }

    static std::string inside(const std::string& path, std::string_view key) {
        return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
    }

    static constexpr shape text_{.kind = shape_kind::text};
    static constexpr shape texts_{.kind = shape_kind::array, .element = &text_};

    std::string problem_{};
    std::string note_{};
};

} // namespace

entry_verdict check_entry(list_kind kind, std::string_view raw) {
    auto halves = find_half_pairs(raw);
    if (!halves.beyond.empty())
        return {.problem = fmt::format("{} holds half of a surrogate pair", halves.beyond.substr(0, 100))};
    checker all;
    auto mended =
        all.check({halves.mended.empty() ? raw : halves.mended, json_kind::object}, shape_of(kind), {});
    if (!all.problem().empty())
        return {.problem = all.problem()};
    auto note = all.note();
    if (!halves.mended.empty())
        note.append(note.empty() ? "" : "; ").append("half of a surrogate pair is U+FFFD now");
    if (!mended && !halves.mended.empty())
        mended = std::move(halves.mended);
    if (!mended)
        return {};
    return {.mended = std::move(*mended), .note = std::move(note)};
}

} // namespace vmcp
