// The initialize handshake of clients with sessions (MCP 2025-11-25, basic/lifecycle, "Initialization").
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/service/gateway_description.hpp"
#include "vmcp/session/session_record.hpp"

#include <string>

namespace transport {

// A new session for what an InitializeRequest asks for. `oldest` is the oldest revision whose transport it came on.
[[nodiscard]] vmcp::result<vmcp::session_record>
record_for(const vmcp::message& request, const vmcp::identity& who,
           vmcp::protocol_version oldest = vmcp::protocol_version::v2025_03_26);

// The `result` object of the InitializeResponse.
[[nodiscard]] std::string initialize_result(const vmcp::gateway_description& gateway,
                                            vmcp::protocol_version version);

} // namespace transport
