// What the failure of a request over HTTP says about the backend.
#pragma once

#include "health/evidence.hpp"
#include "transport/mcp/back/backend_guard.hpp"
#include "vmcp/base/result.hpp"

#include <span>
#include <string>

namespace vmcp {

// What is known of the backend's credentials when its words are shown.
struct credential_facts {
    // Requests carry credentials of the configuration, the same for all callers: that one's are refused is then of concern
    // to everybody.
    bool configured = false;
    std::span<const std::string> secrets{}; // struck out wherever a peer repeats them
};

// `facts`: what the attempt that failed last met. `latency`: since the request was sent. Pure.
[[nodiscard]] health::evidence evidence_of_call(const failure& why, const transport::call_facts& facts,
                                                const credential_facts& credentials,
                                                health::microseconds latency);

} // namespace vmcp
