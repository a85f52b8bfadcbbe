// Finds members of a JSON object by scanning bytes. Only for the benchmark programs: the text must be valid
// JSON, and keys are compared as written (no unescaping). Costs nothing for members after the one that is
// looked for.
#pragma once

#include <string_view>

namespace bench {

// Walks the members of one object, in order. Broken text ends the walk early.
class member_reader {
public:
    explicit member_reader(std::string_view object);

    // Moves to the next member; false at the end of the object.
    [[nodiscard]] bool next();

    [[nodiscard]] std::string_view key() const { return key_; } // without quotes
    [[nodiscard]] std::string_view value();                     // raw, skipped over on demand

private:
    void skip_space();

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t value_start_ = 0;
    std::size_t value_end_ = 0;
    bool value_known_ = true;
    std::string_view key_;
};

// The raw value of `key`, or an empty view.
[[nodiscard]] std::string_view find_member(std::string_view object, std::string_view key);

// The text between the quotes of a raw string value; an empty view for any other value.
[[nodiscard]] std::string_view string_text(std::string_view raw);

// The number of elements of a raw array value; 0 for any other value.
[[nodiscard]] std::size_t count_elements(std::string_view array);

} // namespace bench
