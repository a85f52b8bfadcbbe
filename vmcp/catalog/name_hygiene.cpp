#include "vmcp/catalog/name_hygiene.hpp"

#include "vmcp/catalog/stable_hash.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::size_t tail_digits = 8; // of 5 bits each

constexpr bool allowed(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// The second and later bytes of one UTF-8 character.
constexpr bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

} // namespace

bool valid_tool_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= max_tool_name && std::all_of(name.begin(), name.end(), allowed);
}

std::string_view tool_name_problem(std::string_view name) noexcept {
    if (name.empty())
        return "the name is empty";
    if (!std::all_of(name.begin(), name.end(), allowed))
        return "the name has characters other than A-Z a-z 0-9 _ . -";
    if (name.size() > max_tool_name)
        return "the name is longer than 64 characters";
    return {};
}

std::string clean_tool_name(std::string_view name, unsigned attempt) {
    std::string out;
    for (const char c : name) {
        if (out.size() == max_tool_name - tail_digits - 1)
            break;
        if (allowed(c))
            out.push_back(c);
        else if (!continues_character(c))
            out.push_back('_');
    }
    out.push_back('_');
    std::uint64_t hash = stable_hash(name, attempt);
    for (std::size_t i = 0; i < tail_digits; ++i, hash >>= 5)
        out.push_back("0123456789abcdefghijklmnopqrstuv"[hash & 31]);
    return out;
}

} // namespace vmcp
