// Fuzzes URI templates: any bytes as template and URI, separated by a newline. Parsing and matching must
// stay within bounds, and what is an expansion must also be one to the lenient mode.
#include "vmcp/catalog/uri_template.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = input.find('\n');
    const auto pattern = input.substr(0, line);
    const auto uri = line == std::string_view::npos ? std::string_view{} : input.substr(line + 1);
    const auto parsed = vmcp::uri_template::parse(pattern);
    if (!parsed) {
        if (parsed.error().code != vmcp::errc::backend_protocol || parsed.error().detail.empty())
            std::abort();
        return 0;
    }
    const bool strict = parsed->matches(uri, vmcp::template_match::strict);
    const bool lenient = parsed->matches(uri, vmcp::template_match::lenient);
    if (strict && !lenient)
        std::abort();
    // A template without expressions matches itself and nothing longer.
    if (pattern.find('{') == std::string_view::npos) {
        if (pattern.size() <= vmcp::max_template_uri &&
            !parsed->matches(pattern, vmcp::template_match::strict))
            std::abort();
        if (uri.size() > 3 * pattern.size() && strict)
            std::abort();
    }
    return 0;
}
