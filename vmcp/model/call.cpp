#include "vmcp/model/call.hpp"

#include <utility>

namespace vmcp {

call::call(const message& request, call_terms terms, any_io_executor ex)
    : cancellation(std::move(ex))
    , request_(request)
    , terms_(std::move(terms)) {
}

void call::keep_bytes() {
    if (!bytes_.empty())
        return;
    bytes_ = request_.whole;
    request_ = moved_message(request_, bytes_);
}

bool call::wants_log(std::string_view raw_level) const noexcept {
    if (terms_.session)
        return vmcp::wants_log(terms_.session->level(), raw_level);
    // A stateless client hears log messages only when its request asked for them (MCP 2026-07-28,
    // server/utilities/logging).
    return (terms_.spoken == era::legacy || terms_.level != log_level::unset) &&
           vmcp::wants_log(terms_.level, raw_level);
}

} // namespace vmcp
