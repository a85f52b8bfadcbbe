#include "vmcp/catalog/ecma_pattern.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/characters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vmcp {
namespace {

constexpr std::string_view syntax_characters = "^$\\.*+?()[]{}|/";

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

constexpr bool is_one_of(char c, std::string_view set) noexcept {
    return set.find(c) != std::string_view::npos;
}

bool is_category(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 40> known{
        "Any", "C",  "Cc", "Cf", "Cn", "Co", "Cs", "L",  "LC", "Letter", "Ll", "Lm", "Lo", "Lt",
        "Lu",  "M",  "Mc", "Me", "Mn", "N",  "Nd", "Nl", "No", "P",      "Pc", "Pd", "Pe", "Pf",
        "Pi",  "Po", "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl",     "Zp", "Zs"};
    return std::ranges::find(known, name) != known.end();
}

// A recursive descent over the grammar of the "u" flag. Each function returns false where the pattern is none.
class pattern_reader {
public:
    explicit pattern_reader(std::string_view text) : rest_(text) {}

    bool read() {
        return alternatives(0) && rest_.empty() && most_referred_ <= groups_ &&
               std::ranges::all_of(referred_, [&](const auto& name) { return names_.contains(name); });
    }

private:
    static constexpr unsigned deepest = 64;
    enum class term : std::uint8_t { wrong, atom, assertion };

    bool take(std::string_view word) noexcept {
        if (!rest_.starts_with(word))
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    bool alternatives(unsigned depth) {
        if (depth > deepest)
            return false;
        while (!rest_.empty() && rest_.front() != ')') {
            if (take("|"))
                continue;
            const auto kind = one_term(depth);
            if (kind == term::wrong || (kind == term::atom && !quantifier()))
                return false;
        }
        return true;
    }

    term one_term(unsigned depth) {
        if (take("^") || take("$") || take("\\b") || take("\\B"))
            return term::assertion;
        const auto atom_if = [](bool good) { return good ? term::atom : term::wrong; };
        if (take("("))
            return group(depth);
        if (take("["))
            return atom_if(char_class());
        if (take("\\"))
            return atom_if(reference() || escaped(false));
        if (take("."))
            return term::atom;
        if (is_one_of(rest_.front(), "*+?{}]"))
            return term::wrong;
        rest_.remove_prefix(first_character(rest_).length);
        return term::atom;
    }

    term group(unsigned depth) {
        bool around = false;
        for (const std::string_view look : {"?=", "?!", "?<=", "?<!"})
            around = around || take(look);
        if (!around && !take("?:")) {
            if (rest_.starts_with('?') && !(take("?<") && name_up_to_bracket(true)))
                return term::wrong;
            ++groups_;
        }
        if (!alternatives(depth + 1) || !take(")"))
            return term::wrong;
        return around ? term::assertion : term::atom;
    }

    // Behind '<': the name of a group, or of one that is referred to.
    bool name_up_to_bracket(bool defines) {
        const auto end = rest_.find('>');
        const auto name = std::string(rest_.substr(0, end));
        if (end == std::string_view::npos || name.empty() || is_digit(name.front()) ||
            !std::ranges::all_of(name,
                                 [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '$'; }))
            return false;
        rest_.remove_prefix(end + 1);
        if (defines)
            return names_.insert(name).second;
        referred_.push_back(name);
        return true;
    }

    std::optional<std::uint64_t> number() {
        if (rest_.empty() || !is_digit(rest_.front()))
            return std::nullopt;
        constexpr std::uint64_t enough = 1'000'000'000;
        std::uint64_t out = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1))
            out = std::min(enough, out * 10 + static_cast<std::uint64_t>(rest_.front() - '0'));
        return out;
    }

    // An optional one.
    bool quantifier() {
        if (take("{")) {
            const auto least = number();
            if (!least)
                return false;
            if (take(",") && !rest_.starts_with('}'))
                if (const auto most = number(); !most || *most < *least)
                    return false;
            if (!take("}"))
                return false;
        } else if (!take("*") && !take("+") && !take("?")) {
            return true;
        }
        take("?");
        return true;
    }

    // Behind a backslash, outside of a class.
    bool reference() {
        if (take("k<"))
            return name_up_to_bracket(false);
        if (rest_.empty() || rest_.front() == '0')
            return false;
        const auto group = number();
        if (group)
            most_referred_ = std::max(most_referred_, *group);
        return group.has_value();
    }

    bool hexadecimal(std::size_t digits, std::uint32_t& code) {
        if (rest_.size() < digits)
            return false;
        code = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (hex_value(c) < 0)
                return false;
            code = code * 16 + static_cast<std::uint32_t>(hex_value(c));
        }
        rest_.remove_prefix(digits);
        return true;
    }

    bool in_braces(std::uint32_t& code) {
        const auto end = rest_.find('}');
        constexpr std::size_t most_digits = 6;
        return end != std::string_view::npos && end != 0 && end <= most_digits && hexadecimal(end, code) &&
               code <= 0x10FFFF && take("}");
    }

    bool property() {
        const auto end = rest_.find('}');
        if (!take("{") || end == std::string_view::npos || !is_category(rest_.substr(0, end - 1)))
            return false;
        rest_.remove_prefix(end);
        return true;
    }

    // Behind a backslash: an escape that stands for one character, which is left in `code_`, or for several.
    bool escaped(bool in_class) {
        code_.reset();
        if (rest_.empty())
            return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (is_one_of(c, "dDsSwW"))
            return true;
        if (c == 'p' || c == 'P')
            return property();
        std::uint32_t code = static_cast<unsigned char>(c);
        bool good =
            is_one_of(c, syntax_characters) || (in_class && is_one_of(c, "-b")) || is_one_of(c, "fnrtv");
        if (c == '0')
            good = rest_.empty() || !is_digit(rest_.front());
        else if (c == 'c' && !rest_.empty() && is_letter(rest_.front())) {
            rest_.remove_prefix(1);
            good = true;
        } else if (c == 'x')
            good = hexadecimal(2, code);
        else if (c == 'u')
            good = take("{") ? in_braces(code) : hexadecimal(4, code);
        if (is_one_of(c, "bfnrtv0c"))
            code = control_of(c);
        code_ = code;
        return good;
    }

    // Near enough for the order of ranges.
    static std::uint32_t control_of(char c) noexcept {
        switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return 0;
        }
    }

    // One member of a class; what it stands for is left in `code_`, nothing for several characters.
    bool class_atom() {
        if (rest_.empty())
            return false;
        if (take("\\"))
            return escaped(true);
        const auto c = first_character(rest_);
        code_ = c.code;
        rest_.remove_prefix(c.length);
        return true;
    }

    // Behind '['.
    bool char_class() {
        take("^");
        while (!take("]")) {
            if (!class_atom())
                return false;
            const auto from = code_;
            if (rest_.starts_with('-') && !rest_.starts_with("-]")) {
                take("-");
                if (!class_atom() || !from || !code_ || *code_ < *from)
                    return false;
            }
        }
        return true;
    }

    std::string_view rest_;
    std::optional<std::uint32_t> code_{};
    std::uint64_t groups_ = 0;
    std::uint64_t most_referred_ = 0;
    std::set<std::string> names_{};
    std::vector<std::string> referred_{};
};

} // namespace

bool is_ecma_pattern(std::string_view pattern) {
    return pattern_reader(pattern).read();
}

} // namespace vmcp
