#include "transport/mcp/front/request_id.hpp"

#include "vmcp/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace transport {
namespace {

bool is_request_id(std::string_view text) {
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (vmcp::lower(c) >= 'a' && vmcp::lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    });
}

} // namespace

std::string request_ids::id_for(std::string_view given) {
    if (is_request_id(given))
        return std::string(given);
    return fmt::format("{}{:x}", prefix_, next_.fetch_add(1, std::memory_order_relaxed));
}

vmcp::failure with_request_id(vmcp::failure why, std::string_view id) {
    if (why.data.empty())
        why.data = fmt::format(R"({{"requestId":"{}"}})", id);
    else if (why.data.size() > 2 && why.data.front() == '{')
        why.data.insert(why.data.size() - 1, fmt::format(R"(,"requestId":"{}")", id));
    return why;
}

} // namespace transport
