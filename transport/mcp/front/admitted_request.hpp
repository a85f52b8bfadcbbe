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
    std::shared_ptr<const front_settings> settings{};
    request_fields fields{};
    std::shared_ptr<const vmcp::caller> from{};
    std::optional<vmcp::protocol_version> version{}; // of the MCP-Protocol-Version header
    std::vector<header_field> cors{};                // of every answer

    // Answers with a failure; `id` is the raw id of the JSON-RPC request, or empty.
    [[nodiscard]] asio::awaitable<bool> refuse(vmcp::failure why, std::string_view id = {}) const {
        return http.connection.refuse(std::move(why), id, cors);
    }
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
