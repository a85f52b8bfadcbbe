#include "vmcp/yaml/reference_mask.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::string_view plain = "{}[],:# ";
constexpr std::string_view masks =
    "\x01\x02\x03\x04\x05\x06\x07\x0E"; // refused in the text of a configuration
static_assert(plain.size() == masks.size());

} // namespace

std::string mask_references(std::string_view text) {
    std::string out(text);
    for (auto at = out.find("${"); at != std::string::npos; at = out.find("${", at + 1)) {
        const auto end = out.find_first_of("}\n\"'\\", at);
        if (end == std::string::npos || out[end] != '}')
            continue;
        for (std::size_t i = at + 1; i <= end; ++i) {
            if (const auto kind = plain.find(out[i]); kind != std::string_view::npos)
                out[i] = masks[kind];
        }
    }
    return out;
}

void unmask_references(std::string& text) noexcept {
    for (char& c : text) {
        if (const auto kind = masks.find(c); kind != std::string_view::npos)
            c = plain[kind];
    }
}

} // namespace vmcp
