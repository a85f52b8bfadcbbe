// The span of one request to a backend (OpenTelemetry's semantic conventions for MCP, "Client"), and what the backend is told
// of it.
#pragma once

#include "transport/http/head_writer.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/model/tracer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace transport {

class backend_span {
public:
    // `call` is the client's; null: the request is the gateway's own, and says nothing of a trace. Where traces are off, the
    // backend is told what the client's request said.
    backend_span(const vmcp::call* call, std::string_view backend, const vmcp::url& to);

    // Takes the place of fields of these names, which a client may have been allowed to send. Views into this.
    void add_to(std::vector<header_field>& fields) const;

    // The value of `_meta.traceparent` for the backend, a JSON string; empty: what the client wrote there stays.
    [[nodiscard]] const std::string& raw_parent() const noexcept { return raw_parent_; }
    // The slice of the client's request that raw_parent() takes the place of; empty: there is none.
    [[nodiscard]] std::string_view replaced() const;

    // How it ended; `why` is null where it was answered. `status` is HTTP's; 0: none came.
    void ended(const vmcp::failure* why, unsigned status);

private:
    const vmcp::call* call_;
    vmcp::running_span span_{};
    std::string parent_{};
    std::string raw_parent_{};
};

} // namespace transport
