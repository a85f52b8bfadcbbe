// Which kind of backend a definition is.
#pragma once

#include "vmcp/supervision/http/supervised_http_backend.hpp"
#include "vmcp/supervision/http/supervised_sse_backend.hpp"
#include "vmcp/supervision/stdio/supervised_stdio_backend.hpp"

#include <memory>
#include <utility>

namespace vmcp {

// By the definition's transport; as make_http_backend(), make_sse_backend() and make_stdio_backend().
[[nodiscard]] inline result<std::shared_ptr<supervised_backend>>
make_backend(const http_surroundings& around, const transport::program_surroundings& programs,
             const backend_config& definition, const config& settings, std::shared_ptr<backend_gate> gate) {
    if (definition.transport == "stdio")
        return make_stdio_backend(around, programs, definition, settings, std::move(gate));
    if (definition.transport == "sse")
        return make_sse_backend(around, definition, settings, std::move(gate));
    return make_http_backend(around, definition, settings, std::move(gate));
}

} // namespace vmcp
