#include "transport/mcp/front/initialize.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/session/session_table.hpp"

#include <fmt/format.h>

namespace transport {

using vmcp::errc;

vmcp::result<vmcp::session_record> record_for(const vmcp::message& request, const vmcp::identity& who,
                                              vmcp::protocol_version oldest) {
    const auto requested = vmcp::json_member(request.params.raw, "protocolVersion", 512);
    if (requested.kind != vmcp::json_kind::string || requested.empty())
        return vmcp::fail(errc::invalid_params, "\"protocolVersion\" must be a string");
    const auto declared = vmcp::json_member(request.params.raw, "capabilities", 512).raw;
    return vmcp::session_record{
        .id = vmcp::random_session_id(),
        .who = who,
        .version = vmcp::negotiate(vmcp::unquoted(requested.raw).value_or(""), oldest),
        .capabilities =
            std::make_shared<vmcp::client_capabilities>(vmcp::read_client_capabilities(declared))};
}

std::string initialize_result(const vmcp::gateway_description& gateway, vmcp::protocol_version version) {
    std::string text =
        fmt::format(R"({{"protocolVersion":"{}","capabilities":{},"serverInfo":{{"name":{},"version":{}}})",
                    text_of(version), gateway.capabilities, vmcp::quoted(gateway.name),
                    vmcp::quoted(vmcp::program_version));
    if (!gateway.instructions.empty()) {
        text.append(R"(,"instructions":)");
        vmcp::append_quoted(text, gateway.instructions);
    }
    return text + "}";
}

} // namespace transport
