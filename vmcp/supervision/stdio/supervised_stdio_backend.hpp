// Backends that are programs as supervision sees them: started, spoken to by their standard input and output, and ended with
// all that they started.
#pragma once

#include "transport/mcp/stdio/stdio_program.hpp"
#include "vmcp/supervision/http/supervised_http_backend.hpp"
#include "vmcp/supervision/supervised_backend.hpp"

#include <memory>

namespace vmcp {

// transport: stdio. `around`: as of backends over HTTP, but for the credentials, which a program has none of. `programs`: what
// all of them share. Nothing is started yet: the first who needs it does, which is a probe.
[[nodiscard]] result<std::shared_ptr<supervised_backend>>
make_stdio_backend(const http_surroundings& around, const transport::program_surroundings& programs,
                   const backend_config& definition, const config& settings,
                   std::shared_ptr<backend_gate> gate);

} // namespace vmcp
