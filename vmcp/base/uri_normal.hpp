// When two URIs are the same (RFC 3986, 6.2.2): scheme and host without regard to case, percent-encoding by its meaning.
#pragma once

#include <string>
#include <string_view>

namespace vmcp {

// The normal form of `uri`: scheme and host in lower case, hexadecimal digits of percent-encoding in upper case, and what
// need not be encoded decoded. A text that is no URI stays as it is.
[[nodiscard]] std::string normal_uri(std::string_view uri);

[[nodiscard]] inline bool same_uri(std::string_view a, std::string_view b) {
    return a == b || normal_uri(a) == normal_uri(b);
}

} // namespace vmcp
