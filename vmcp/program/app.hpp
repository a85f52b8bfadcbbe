// The running gateway: builds everything from a configuration, in dependency order, and takes it down again
// without losing a call.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/program/commands/serve.hpp"

#include <memory>

namespace vmcp {

// Serves until SIGTERM or SIGINT; SIGHUP and changed files reload the configuration. Returns the exit code.
[[nodiscard]] int serve(std::shared_ptr<const config> settings, const serve_options& options);

} // namespace vmcp
