// A small MCP server over Streamable HTTP (MCP 2025-03-26 to 2025-11-25): sessions, event streams and the
// protocol's methods around a demo_content. One worker, no locks.
#pragma once

#include "vmcp/program/demo/demo_content.hpp"

#include "transport/http/origin_policy.hpp"
#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/session_streams.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/version.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace vmcp {

struct demo_session {
    std::string id{};
    protocol_version version = latest_version;
    log_level level = log_level::unset;
    std::set<std::string> subscriptions{};
    std::shared_ptr<transport::session_streams> streams{};
    std::map<std::string, std::shared_ptr<cancellation>> running{}; // by raw request id
    std::uint64_t used = 0;                                         // by the server's own count of requests
};

class demo_server final : public transport::http_handler {
public:
    // `name` is the serverInfo.name.
    demo_server(std::string name, std::unique_ptr<demo_content> content, bool loopback);
    ~demo_server() override;

    transport::asio::awaitable<void> handle(transport::http_request& request) override;

private:
    using session_ptr = std::shared_ptr<demo_session>;
    template <class T>
    using awaitable = transport::asio::awaitable<T>;

    awaitable<void> post(transport::http_request& request);
    awaitable<void> initialize(transport::http_request& request, const message& m);
    awaitable<void> batch(transport::http_request& request, session_ptr session);
    awaitable<void> stream_call(transport::http_request& request, const message& m, session_ptr session);
    awaitable<void> get(transport::http_request& request);
    awaitable<void> end_session(transport::http_request& request);

    static demo_json params_of(const message& m);
    // The response message to a request; empty when it was cancelled. `stream` may be null.
    awaitable<std::string> answer(message m, session_ptr session,
                                  std::shared_ptr<transport::client_stream> stream);
    awaitable<demo_result> call_tool(const message& m, const demo_json& params, session_ptr session,
                                     std::shared_ptr<transport::client_stream> stream);
    demo_result complete(const demo_json& params) const;
    static demo_result set_level(const demo_json& params, demo_session& session);
    // Methods that need no waiting.
    demo_result dispatch(std::string_view method, const demo_json& params, demo_session& session);
    void take_notification(const message& m, demo_session& session);
    void announce(std::string_view method, const demo_json& params);

    result<session_ptr> session_of(const transport::http_request& request);
    session_ptr open_session(protocol_version version);

    std::string name_;
    std::unique_ptr<demo_content> content_;
    transport::origin_policy origins_;
    std::map<std::string, session_ptr, std::less<>> sessions_{};
    std::uint64_t requests_ = 0;
};

} // namespace vmcp
