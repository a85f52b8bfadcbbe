// Backends of the HTTP+SSE transport (MCP 2024-11-05) as supervision sees them.
#pragma once

#include "vmcp/supervision/http/supervised_http_backend.hpp"

#include <memory>

namespace vmcp {

// transport: sse. As make_http_backend().
[[nodiscard]] result<std::shared_ptr<supervised_backend>>
make_sse_backend(const http_surroundings& around, const backend_config& definition, const config& settings,
                 std::shared_ptr<backend_gate> gate);

} // namespace vmcp
