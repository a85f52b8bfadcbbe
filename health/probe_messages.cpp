// Bodies of a probe's requests, and the reading of its answers.
#include "health/probe_messages.hpp"

#include "vmcp/base/byte_order_mark.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/peer_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace health {
namespace {

std::string client_info(std::string_view client_version) {
    return fmt::format(R"({{"name":"vmcp","version":{}}})", vmcp::quoted(client_version));
}

// MCP 2025-11-25, Lifecycle.
std::string initialize_body(std::uint64_t id, std::string_view client_version,
                            vmcp::protocol_version offered) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"initialize","params":{{"protocolVersion":"{}",)"
                       R"("capabilities":{{}},"clientInfo":{}}}}})",
                       id, vmcp::text_of(offered), client_info(client_version));
}

// MCP 2026-07-28, Discovery and Base Protocol (`_meta` of every request).
std::string discover_body(std::uint64_t id, std::string_view client_version) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"server/discover","params":{{"_meta":{{)"
                       R"("io.modelcontextprotocol/protocolVersion":"{}",)"
                       R"("io.modelcontextprotocol/clientInfo":{},)"
                       R"("io.modelcontextprotocol/clientCapabilities":{{}}}}}}}})",
                       id, modern_version, client_info(client_version));
}

std::string text_of(vmcp::json_slice slice) {
    return vmcp::unquoted(slice.raw).value_or(std::string{});
}

std::vector<std::string> strings_of(vmcp::json_slice array) {
    std::vector<std::string> out;
    vmcp::json_cursor cursor(array.raw);
    bool done = false;
    if (array.kind != vmcp::json_kind::array || !cursor.enter_array())
        return out;
    while (cursor.next_element(done) && !done) {
        vmcp::json_slice element;
        if (!cursor.value(element))
            break;
        if (element.kind == vmcp::json_kind::string)
            out.push_back(text_of(element));
    }
    return out;
}

rpc_answer read_error(const vmcp::message& m) {
    rpc_answer read{.what = rpc_answer::kind::error};
    read.addressed = !m.id.empty();
    const auto code = vmcp::json_member(m.error.raw, "code", vmcp::backend_json_depth).raw;
    std::from_chars(code.data(), code.data() + code.size(), read.code);
    read.message = text_of(vmcp::json_member(m.error.raw, "message", vmcp::backend_json_depth));
    const auto data = vmcp::json_member(m.error.raw, "data", vmcp::backend_json_depth);
    if (!data.empty())
        read.supported = strings_of(vmcp::json_member(data.raw, "supported", vmcp::backend_json_depth));
    return read;
}

} // namespace

std::string_view method_of(probe_step step) noexcept {
    switch (step) {
    case probe_step::ping:
        return "ping";
    case probe_step::initialize:
        return "initialize";
    case probe_step::initialized:
        return "notifications/initialized";
    case probe_step::discover:
        return "server/discover";
    case probe_step::goodbye:
        return "DELETE";
    }
    return "";
}

probe_request make_request(probe_step step, std::uint64_t id, std::string_view session_id,
                           std::string_view protocol_version, std::string_view client_version,
                           vmcp::protocol_version offered) {
    probe_request made;
    made.step = step;
    switch (step) {
    case probe_step::initialize:
        made.body = initialize_body(id, client_version, offered);
        return made;
    case probe_step::discover:
        made.protocol_version = modern_version;
        made.mcp_method = method_of(step);
        made.body = discover_body(id, client_version);
        return made;
    case probe_step::ping:
        made.body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"ping"}})", id);
        break;
    case probe_step::initialized:
        made.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
        break;
    case probe_step::goodbye:
        made.verb = "DELETE";
        break;
    }
    made.session_id = session_id;
    made.protocol_version = protocol_version;
    return made;
}

rpc_answer read_answer(std::string_view body, std::uint64_t id) {
    vmcp::message_sequence messages;
    messages.open(vmcp::without_byte_order_mark(body));
    rpc_answer read;
    for (vmcp::message m; messages.next(m); read.what = rpc_answer::kind::other) {
        const bool error = m.type == vmcp::message::kind::error;
        if (error && (m.id.empty() || vmcp::our_id(m.id.raw) == id))
            return read_error(m);
        if (m.type == vmcp::message::kind::response && vmcp::our_id(m.id.raw) == id)
            return {.what = rpc_answer::kind::result, .result = std::string(m.result.raw)};
    }
    return read;
}

std::string initialized_version(std::string_view raw_result) {
    return text_of(vmcp::json_member(raw_result, "protocolVersion", vmcp::backend_json_depth));
}

std::vector<std::string> discovered_versions(std::string_view raw_result) {
    return strings_of(vmcp::json_member(raw_result, "supportedVersions", vmcp::backend_json_depth));
}

bool is_legacy_version(std::string_view version) noexcept {
    return vmcp::parse_version(version).has_value();
}

bool valid_session_id(std::string_view id) noexcept {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

} // namespace health
