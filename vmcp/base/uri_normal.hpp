// When two URIs are the same to those who serve them (RFC 3986, 6.2.2, and what the URL parsers of MCP servers do besides:
// https://url.spec.whatwg.org).
#pragma once

#include <string>
#include <string_view>

namespace vmcp {

// The normal form of `uri`: scheme and host in lower case, percent-encoding where it must be and nowhere else, with its
// hexadecimal digits in upper case, and no "." and ".." in a path from the root. Blanks around it and line breaks in it do
// not count. Of file, http and the like: '\\' is '/', a default port and localhost of a file are left out. A text that is no
// URI stays as it is.
[[nodiscard]] std::string normal_uri(std::string_view uri);

[[nodiscard]] inline bool same_uri(std::string_view a, std::string_view b) {
    return a == b || normal_uri(a) == normal_uri(b);
}

} // namespace vmcp
