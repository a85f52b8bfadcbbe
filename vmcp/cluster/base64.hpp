// base64 as Kubernetes writes it (RFC 4648 section 4, with padding).
#pragma once

#include "vmcp/base/base64url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Nothing when it is none. Line ends within it are passed over: people fold kubeconfig files.
[[nodiscard]] inline std::optional<std::string> base64_decode(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (const char c : text)
        if (c != '\n' && c != '\r' && c != ' ')
            plain.push_back(c == '+' ? '-' : c == '/' ? '_' : c == '-' || c == '_' ? '!' : c);
    for (int i = 0; i < 2 && plain.ends_with('='); ++i)
        plain.pop_back();
    return base64url_decode(plain);
}

} // namespace vmcp
