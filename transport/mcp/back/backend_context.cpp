#include "transport/mcp/back/backend_context.hpp"

#include "vmcp/base/log.hpp"

#include <fmt/format.h>

namespace transport {

vmcp::failure backend_context::named(vmcp::failure why, std::string_view words) const {
    if (why.code == vmcp::errc::cancelled)
        return why;
    if (!words.empty()) {
        vmcp::log::debug("backend {}: {}: {}", name(), why.message(), words);
        if (tells_words)
            why.detail.append(": ").append(words);
    }
    why.detail = fmt::format("\"{}\": {}", name(), why.detail);
    if (why.data.empty())
        why.data =
            fmt::format(R"({{"backend":"{}","retryable":{}}})", name(), vmcp::row_of(why.code).retryable);
    return why;
}

} // namespace transport
