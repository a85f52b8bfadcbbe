// The grammars of single text values in a configuration, each with its check, its name for people and its
// pattern for the JSON Schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// `problem` says what is wrong with a value, and never repeats it: it may be a secret. `pattern` is an ECMA
// 262 regular expression that accepts at least what `problem` accepts, or empty.
struct text_rule {
    std::string_view name;
    std::string_view pattern;
    std::optional<std::string> (*problem)(std::string_view text);
};

namespace rules {

// One line without control characters, not empty.
extern const text_rule line;
// Any text, also of several lines; may be empty.
extern const text_rule prose;
// What a program may be given as an argument or a variable: any text without a zero byte; may be empty.
extern const text_rule argument;
// Names a file; not empty.
extern const text_rule path;
// Usable in a tool prefix, a URL path and a metric label: letters, digits, '_', '.', '-', at most 64.
extern const text_rule backend_name;
// A tool name as MCP 2025-11-25 (server/tools, "Tool Names") asks for, at most 64 long.
extern const text_rule tool_name;
// Text with {workload}, which with a backend's name filled in is the start of a tool name.
extern const text_rule prefix_format;
// An absolute http or https URL as parse_url accepts it.
extern const text_rule http_url;
// A scope (RFC 6749 section 3.3).
extern const text_rule scope;
// Visible ASCII characters and inner blanks: what may stand between quotes in a header field; not empty.
extern const text_rule identifier;
// A field name (RFC 9110 section 5.1) that a configuration may set on requests to backends.
extern const text_rule injected_header;
// A field name that may be copied from a client's request to backends.
extern const text_rule passthrough_header;
// A field value (RFC 9110 section 5.5) of visible ASCII characters with inner blanks; not empty.
extern const text_rule header_value;
// The name of an environment variable.
extern const text_rule variable_name;
// The name of a Cedar entity type, without a namespace.
extern const text_rule entity_type;
// An IPv4 or IPv6 address to listen on.
extern const text_rule address;
// scheme://host[:port], with `*` for any port; `null`; or `*`.
extern const text_rule origin;
// name, name:port, [address], [address]:port; or `*`.
extern const text_rule host;

} // namespace rules
} // namespace vmcp
