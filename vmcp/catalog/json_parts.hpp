// The parts of a JSON object or array, and an object while it is written anew: for checks that change little.
#pragma once

#include "vmcp/base/json_cursor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

struct json_part {
    std::string_view key{}; // raw
    json_slice value{};
};

// Of valid JSON; nothing for anything else than an object, or an array.
[[nodiscard]] std::vector<json_part> members_of(std::string_view object);
[[nodiscard]] std::vector<json_slice> elements_of(std::string_view array);

// Of an object or array: nothing is in it.
[[nodiscard]] bool is_empty(const json_slice& container);

// The text to take in place of a value's; nothing: it stays.
using json_change = std::optional<std::string>;

// An object while it is copied, member by member; its text is made only if something changes.
class object_text {
public:
    void keep(const json_part& m) { put(m, std::nullopt); }
    void put(const json_part& m, const json_change& now);
    void add(std::string_view key, std::string value);
    void dropped() noexcept { changed_ = true; }
    // What was put into another one.
    void take(object_text&& other);
    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] json_change text() const;

private:
    struct part {
        std::string key;
        std::string value;
    };
    std::vector<part> parts_{};
    bool changed_ = false;
};

// The same of an array.
class array_text {
public:
    void put(const json_slice& element, const json_change& now);
    [[nodiscard]] json_change text() const;

private:
    std::string text_{};
    bool changed_ = false;
};

} // namespace vmcp
