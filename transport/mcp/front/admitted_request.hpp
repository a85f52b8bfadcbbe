// A request on its way through the checks of the endpoint: what every front needs to know of it.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "transport/mcp/front/request_fields.hpp"
#include "transport/mcp/front/request_id.hpp"
#include "vmcp/model/call.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// Lives as long as the request. It stays where it is, because `common` has views of it.
struct admitted_request {
    // `records` may be null: nothing is recorded.
    admitted_request(http_request& request, std::string request_id, std::shared_ptr<const front_settings> now,
                     vmcp::audit_sink* records = nullptr)
        : http(request)
        , id(std::move(request_id))
        , settings(std::move(now))
        , fields(read_request_fields(request.head))
        , common{{request_id_header, id}}
        , audit(records) {}
    admitted_request(const admitted_request&) = delete;
    admitted_request& operator=(const admitted_request&) = delete;

    http_request& http;
    const std::string id; // request_id.hpp
    const std::shared_ptr<const front_settings> settings;
    request_fields fields;
    std::vector<header_field> common; // of every answer: the request's id, and what browsers ask for
    const audit_trail audit;
    std::shared_ptr<const vmcp::caller> from{};
    std::optional<vmcp::protocol_version> version{}; // of the MCP-Protocol-Version header
    // Of the call, whatever its backend still has to say. Stateless revisions only.
    vmcp::steady_clock::time_point deadline = vmcp::steady_clock::time_point::max();

    // Answers with a failure, under the id of the JSON-RPC request where the body is one. `more` are header fields of this
    // answer.
    asio::awaitable<void> refuse(vmcp::failure why, std::vector<header_field> more = {}) const;
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
