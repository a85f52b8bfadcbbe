// Clients of the stateless revision, as tests write their requests.
#pragma once

#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace wire {

inline std::string member(std::string_view json, std::string_view path) {
    std::string_view at = json;
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        at = vmcp::json_member(at, path.substr(0, dot), 100).raw;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return std::string(at);
}

struct modern_request {
    std::string method{};
    std::string params{}; // members beside _meta
    std::string name{};   // Mcp-Name; empty: none
    std::string id = "1";
    std::string capabilities = "{}";
    std::string meta{}; // more members of _meta
    std::string version = "2026-07-28";
    std::string accept = "application/json, text/event-stream";
    std::string fields{}; // more header fields, each with its line end
};

inline modern_request call_of_t(std::string id = "1") {
    return {.method = "tools/call",
            .params = R"("name":"b_t","arguments":{"a":1})",
            .name = "b_t",
            .id = std::move(id)};
}

inline std::string body_of(const modern_request& r) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{}",)"
        R"("io.modelcontextprotocol/clientCapabilities":{}{}{}}}{}{}}}}})",
        r.id, r.method, r.version, r.capabilities, r.meta.empty() ? "" : ",", r.meta,
        r.params.empty() ? "" : ",", r.params);
}

inline fakes::http_client send(std::uint16_t port, const modern_request& r) {
    fakes::http_client out(port);
    out.send("POST",
             fmt::format("Content-Type: application/json\r\nAccept: {}\r\nMCP-Protocol-Version: {}\r\n"
                         "Mcp-Method: {}\r\n{}{}{}{}",
                         r.accept, r.version, r.method, r.name.empty() ? "" : "Mcp-Name: ", r.name,
                         r.name.empty() ? "" : "\r\n", r.fields),
             body_of(r));
    return out;
}

class modern : public one_backend {
protected:
    fakes::http_client send(const modern_request& r) const { return wire::send(gateway->port(), r); }
    fakes::http_message post(const modern_request& r) const { return send(r).response(); }
};

} // namespace wire
