// The media type of a message.
#pragma once

#include "vmcp/base/ascii.hpp"

#include <string_view>

namespace vmcp {

// Whether a Content-Type names the type `wanted`, in letters of either case, with parameters or without (RFC 9110
// section 8.3.1).
[[nodiscard]] inline bool is_media_type(std::string_view content_type, std::string_view wanted) noexcept {
    const auto type = content_type.substr(0, content_type.find(';'));
    const auto first = type.find_first_not_of(" \t");
    return first != std::string_view::npos &&
           iequals(type.substr(first, type.find_last_not_of(" \t") - first + 1), wanted);
}

} // namespace vmcp
