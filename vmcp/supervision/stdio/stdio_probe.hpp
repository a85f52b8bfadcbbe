// A probe of a backend that is a program: a ping in the gateway's own session with it, which starts it where it does not run.
#pragma once

#include "transport/mcp/back/http_backend.hpp"
#include "vmcp/supervision/backend_probe.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"
#include "vmcp/supervision/stdio/stdio_assembly.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

// What probes of one definition need to know.
struct stdio_probe_target {
    std::shared_ptr<transport::http_backend> backend{};
    std::shared_ptr<own_carrier> own{};
    std::chrono::milliseconds start_timeout{};
    std::vector<std::string> secrets{};
    // A program that has said nothing for so long while it was asked hangs, if no call runs that it may work on: it is killed.
    // Those that serve one request at a time say nothing to a ping while they do.
    std::chrono::milliseconds patience{};
};

// Proves only that the process which runs now answers. While it starts, the result is health::finding::starting. `memory` is
// given back as it is. health::probe_kind::goodbye does nothing: the session is not the monitor's to end.
[[nodiscard]] std::shared_ptr<backend_probe>
make_stdio_probe(stdio_probe_target to, health::probe_memory memory, health::probe_kind kind);

} // namespace vmcp
