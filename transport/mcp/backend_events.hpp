// What the call path learns about a backend by using it, told to whoever keeps its lists fresh and judges its
// health.
#pragma once

#include "vmcp/base/result.hpp"

#include <chrono>
#include <string>

namespace transport {

// Called from any worker; must not block and must not call back.
class backend_events {
public:
    virtual ~backend_events() = default;
    // The backend announced that a list changed, or was replaced by another instance of itself.
    virtual void lists_changed(const std::string& backend) = 0;
    // A request was answered with anything that is MCP: also a JSON-RPC error speaks for the backend's
    // health.
    virtual void answered(const std::string& backend, std::chrono::microseconds after) = 0;
    // A request failed for a reason that speaks against the backend: refused, reset, timed out, HTTP 5xx, not
    // MCP.
    virtual void failed(const std::string& backend, const vmcp::failure& why) = 0;
};

} // namespace transport
