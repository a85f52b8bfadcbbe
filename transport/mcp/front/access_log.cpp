#include "transport/mcp/front/access_log.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace transport {
namespace {

void add(std::string& line, std::string_view key, std::string_view value) {
    constexpr std::size_t longest = 200;
    if (!value.empty())
        fmt::format_to(std::back_inserter(line), " {}={}", key,
                       vmcp::quoted(vmcp::excerpt_of(value, {}, longest)));
}

} // namespace

std::string subject_of(const vmcp::message& request) {
    const auto& p = request.param;
    const auto& raw = !p.name.empty() ? p.name.raw : !p.uri.empty() ? p.uri.raw : p.ref.raw;
    return vmcp::unquoted(raw).value_or(std::string(raw));
}

std::string access_line(const access_entry& entry) {
    constexpr std::size_t session_prefix = 8;
    std::string line =
        fmt::format("access id={} method={}", entry.request_id, vmcp::quoted(vmcp::excerpt_of(entry.method)));
    add(line, "name", entry.name);
    add(line, "backend", entry.backend);
    add(line, "caller", entry.caller);
    add(line, "session", entry.session.substr(0, session_prefix));
    fmt::format_to(std::back_inserter(line), " end={} ms={:.3f} bytes={}", entry.end,
                   static_cast<double>(entry.took.count()) / 1000.0, entry.bytes);
    return line;
}

} // namespace transport
