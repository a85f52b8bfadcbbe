// The places of one JSON Schema that references lead to; private to schema_check.cpp.
#pragma once

#include "vmcp/base/json_cursor.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace vmcp {

// All slices are parts of `root`, which outlives this.
class schema_places {
public:
    struct reference {
        const void* from = nullptr; // the schema that it is a keyword of
        std::string text{};
    };

    explicit schema_places(std::string_view root) : root_(root) {}

    // Notes a schema that is walked through, or what was mended to one. False when it was before.
    bool walk(const json_slice& schema) { return walked_.insert(place_of(schema)).second; }
    [[nodiscard]] bool walked(const json_slice& schema) const { return walked_.contains(place_of(schema)); }

    // A keyword of `schema`; `raw` is its value, a string. False for a text that is no anchor, or the second of its name.
    bool add_anchor(const json_slice& schema, std::string_view raw);
    void add_reference(const json_slice& schema, std::string_view raw);
    [[nodiscard]] const std::vector<reference>& references() const noexcept { return references_; }

    // Where the reference of that number leads: an object, a boolean, or what walk() was told of. Nothing: nowhere in this schema.
    [[nodiscard]] std::optional<json_slice> target_of(std::size_t number);
    // Whether references lead in a circle without anything between. All have been looked up.
    [[nodiscard]] bool circular() const;

private:
    static const void* place_of(const json_slice& value) noexcept { return value.raw.data(); }
    [[nodiscard]] std::optional<json_slice> find(std::string_view reference);
    [[nodiscard]] std::optional<json_slice> at_pointer(std::string_view pointer);

    std::string_view root_;
    std::unordered_set<const void*> walked_{};
    std::map<std::string, json_slice, std::less<>> anchors_{};
    std::vector<reference> references_{};
    std::map<std::string, std::optional<json_slice>, std::less<>> found_{}; // by the reference's text
    std::map<const void*, const void*> leads_to_{};
    std::size_t looked_through_ = 0; // bytes
};

} // namespace vmcp
