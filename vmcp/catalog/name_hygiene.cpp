#include "vmcp/catalog/name_hygiene.hpp"

#include "vmcp/catalog/stable_hash.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::size_t tail_digits = 8;                        // of 5 bits each
constexpr std::size_t room = max_tool_name - tail_digits - 1; // before the tail
constexpr std::size_t least_prefix = 8; // of a backend, also beside the longest tool name

constexpr bool allowed(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// The second and later bytes of one UTF-8 character.
constexpr bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// One '_' for each character that is not allowed.
std::string with_allowed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (allowed(c))
            out.push_back(c);
        else if (!continues_character(c))
            out.push_back('_');
    }
    return out;
}

// The first `size` characters, the last of which is the separator that `prefix` ends with, if it does.
std::string shortened(std::string_view prefix, std::size_t size) {
    if (prefix.size() <= size)
        return std::string(prefix);
    std::string out(prefix.substr(0, size));
    if (constexpr std::string_view separators = "_.-";
        separators.find(prefix.back()) != std::string_view::npos)
        out.back() = prefix.back();
    return out;
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

std::string clean_tool_name(std::string_view prefix, std::string_view name, unsigned attempt) {
    std::string front = with_allowed(prefix);
    std::string own = with_allowed(name);
    if (front.size() + own.size() > room) {
        const std::size_t kept =
            std::max(std::min(front.size(), least_prefix), room - std::min(room, own.size()));
        front = shortened(front, kept);
        own.resize(std::min(own.size(), room - front.size()));
    }
    std::string out = front + own + "_";
    std::uint64_t hash = stable_hash(std::string(prefix).append(name), attempt);
    for (std::size_t i = 0; i < tail_digits; ++i, hash >>= 5)
        out.push_back("0123456789abcdefghijklmnopqrstuv"[hash & 31]);
    return out;
}

} // namespace vmcp
