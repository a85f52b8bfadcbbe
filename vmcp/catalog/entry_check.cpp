#include "vmcp/catalog/entry_check.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/entry_shape.hpp"
#include "vmcp/catalog/read_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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
    case shape_kind::number:
        return "a number";
    case shape_kind::fraction:
        return "a number from 0 to 1";
    case shape_kind::flag:
        return "a boolean";
    case shape_kind::array:
        return "an array";
    case shape_kind::object:
    case shape_kind::schema:
        break;
    }
    return "an object";
}

bool is_empty(const json_slice& container) {
    return container.raw.substr(1, container.raw.size() - 2).find_first_not_of(" \t\r\n") ==
           std::string_view::npos;
}

// YYYY-MM-DDTHH:MM[:SS[.fff]] with Z or an offset; the ranges of the numbers are the calendar's business.
bool is_moment(std::string_view text) {
    constexpr std::string_view pattern = "dddd-dd-ddTdd:dd";
    if (text.size() < pattern.size() + 1)
        return false;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i] == 'd' ? !digit(text[i]) : text[i] != pattern[i])
            return false;
    const auto rest = text.substr(pattern.size());
    const auto zone = rest.find_first_of("Z+-");
    return zone != std::string_view::npos &&
           rest.substr(0, zone).find_first_not_of("0123456789:.") == std::string_view::npos &&
           (rest[zone] == 'Z' ? rest.size() == zone + 1 : rest.size() == zone + 6 && rest[zone + 3] == ':');
}

struct member {
    std::string_view key{}; // raw
    json_slice value{};
};

std::vector<member> members_of(std::string_view object) {
    std::vector<member> out;
    json_cursor cursor(object, list_json_depth);
    bool done = false;
    if (!cursor.enter_object())
        return out;
    for (member m; cursor.next_member(m.key, done) && !done && cursor.value(m.value);)
        out.push_back(m);
    return out;
}

std::vector<json_slice> elements_of(std::string_view array) {
    std::vector<json_slice> out;
    json_cursor cursor(array, list_json_depth);
    bool done = false;
    json_slice value;
    if (!cursor.enter_array())
        return out;
    while (cursor.next_element(done) && !done && cursor.value(value))
        out.push_back(value);
    return out;
}

// One value held against one shape, and all within it. Keeps the first problem and the notes of what it mended.
class checker {
public:
    // The text to take in place of the value's; nothing: it stays.
    using change = std::optional<std::string>;

    change check(const json_slice& value, const shape& wanted, const std::string& path) {
        switch (wanted.kind) {
        case shape_kind::any:
            return std::nullopt;
        case shape_kind::object:
            return check_object(value, wanted, path);
        case shape_kind::array:
            return check_array(value, wanted, path);
        case shape_kind::schema:
            return check_schema(value, path);
        default:
            if (!is_scalar(value, wanted))
                complain(path, fmt::format("is not {}", described(wanted)));
            return std::nullopt;
        }
    }

    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] const std::string& note() const noexcept { return note_; }

private:
    void complain(const std::string& path, std::string_view what) {
        if (problem_.empty())
            problem_ = fmt::format("\"{}\" {}", path, what);
    }
    void mended(const std::string& path, std::string_view what) {
        note_.append(note_.empty() ? "" : "; ").append(fmt::format("\"{}\" {}", path, what));
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
        case shape_kind::number:
            return value.kind == json_kind::number;
        case shape_kind::fraction: {
            double n = -1;
            std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), n);
            return value.kind == json_kind::number && n >= 0 && n <= 1;
        }
        default:
            return value.kind == json_kind::boolean;
        }
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
        std::string out;
        bool changed = false;
        std::size_t i = 0;
        for (const auto& element : elements_of(value.raw)) {
            const auto now = check(element, *wanted.element, fmt::format("{}[{}]", path, i++));
            changed = changed || now;
            out.append(out.empty() ? "[" : ",").append(now ? *now : std::string(element.raw));
        }
        return changed ? change(out + "]") : std::nullopt;
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

    // An object while it is copied, member by member; its text is made only if something changes.
    class object_text {
    public:
        void keep(const member& m) { put(m, std::nullopt); }
        void put(const member& m, const change& now) {
            changed_ = changed_ || now;
            parts_.push_back({std::string(m.key), now ? *now : std::string(m.value.raw)});
        }
        void add(std::string_view key, std::string value) {
            changed_ = true;
            parts_.push_back({quoted(key), std::move(value)});
        }
        void dropped() noexcept { changed_ = true; }
        [[nodiscard]] bool has(std::string_view key) const {
            return std::ranges::any_of(parts_, [&](const part& p) { return json_key_is(p.key, key); });
        }
        [[nodiscard]] change text() const {
            if (!changed_)
                return std::nullopt;
            std::string out = "{";
            for (const auto& p : parts_)
                out.append(out.size() == 1 ? "" : ",").append(p.key).append(":").append(p.value);
            return out + "}";
        }

    private:
        struct part {
            std::string key;
            std::string value;
        };
        std::vector<part> parts_{};
        bool changed_ = false;
    };

    void add_missing(object_text& out, const shape_member& known, const std::vector<member>& members,
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
    checker all;
    auto mended = all.check({raw, json_kind::object}, shape_of(kind), {});
    if (!all.problem().empty())
        return {.problem = all.problem()};
    if (!mended)
        return {};
    return {.mended = std::move(*mended), .note = all.note()};
}

} // namespace vmcp
