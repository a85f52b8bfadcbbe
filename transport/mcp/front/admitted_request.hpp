// A request that was let in: what every front needs to know of it.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/request_fields.hpp"
#include "vmcp/model/call.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// Lives as long as the request.
struct admitted_request {
    http_request& http;
    std::string id{}; // request_id.hpp
    std::shared_ptr<const front_settings> settings{};
    request_fields fields{};
    std::shared_ptr<const vmcp::caller> from{};
    std::optional<vmcp::protocol_version> version{}; // of the MCP-Protocol-Version header
    std::vector<header_field> cors{}; // of every answer: those for browsers, and the request's id

    // Answers with a failure, under the id of the JSON-RPC request where the body is one.
    asio::awaitable<void> refuse(vmcp::failure why) const;
    // The allow-listed header fields that go on to backends.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> passed_through() const {
        std::vector<std::pair<std::string, std::string>> out;
        for (const auto& name : settings->passthrough_headers)
            if (const auto value = http.field(name); !value.empty())
                out.emplace_back(name, value);
        return out;
    }
};

} // namespace transport
