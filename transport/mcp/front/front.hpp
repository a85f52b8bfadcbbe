// The MCP endpoint as clients of the revisions 2025-03-26, 2025-06-18 and 2025-11-25 see it: POST, GET and
// DELETE by the rules of Streamable HTTP (basic/transports of each revision).
#pragma once

#include "transport/http/origin_policy.hpp"
#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "transport/mcp/front/client_stream.hpp"
#include "transport/mcp/front/front_fields.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "vmcp/model/ports.hpp"
#include "vmcp/service/gateway.hpp"
#include "vmcp/session/session_table.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// What the front reads of the configuration; replaced whole by a reload.
struct front_settings {
    origin_policy origins{};
    std::vector<std::string> passthrough_headers{}; // lower case
    unsigned max_json_depth = vmcp::default_json_depth;
    std::size_t max_in_flight = 10'000;
    std::size_t max_in_flight_per_session = 128;
    std::size_t max_streams = 10'000;
    event_log::limits replay{};
    std::chrono::milliseconds keep_alive{15'000};
    std::chrono::milliseconds retry{1'000};
};

// What the front counts; for metrics.
struct front_counters {
    std::atomic<std::size_t> in_flight{0};
    std::atomic<std::size_t> streams{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    call_counters calls{};
};

class post_reply;

class front final : public http_handler {
public:
    front(vmcp::gateway& core, vmcp::session_table& sessions, vmcp::authenticator& auth,
          const vmcp::published<front_settings>& settings)
        : core_(core)
        , sessions_(sessions)
        , auth_(auth)
        , settings_(settings) {}

    asio::awaitable<void> handle(http_request& request) override;

    [[nodiscard]] const front_counters& counters() const noexcept { return counters_; }

private:
    // What every method needs to know of a request, once it is admitted.
    struct caller {
        std::shared_ptr<const front_settings> settings{};
        std::shared_ptr<const vmcp::principal> who{};
        front_fields fields{};
        std::optional<vmcp::protocol_version> version{}; // of the MCP-Protocol-Version header
        std::vector<header_field> cors{};
    };

    asio::awaitable<void> post(http_request& request, const caller& from);
    asio::awaitable<void> get(http_request& request, const caller& from);
    asio::awaitable<void> end_session(http_request& request, const caller& from);
    asio::awaitable<void> initialize(http_request& request, const caller& from, const vmcp::message& m);
    asio::awaitable<void> one_request(http_request& request, const caller& from, const vmcp::message& m,
                                      std::shared_ptr<vmcp::client_session> session);
    asio::awaitable<void> batch(http_request& request, const caller& from);
    asio::awaitable<void> one_of_batch(const http_request& request, const caller& from,
                                       const vmcp::message& m, std::shared_ptr<vmcp::client_session> session,
                                       post_reply& out);
    // Answers and notifications: nothing comes back.
    asio::awaitable<void> take(http_request& request, const caller& from, const vmcp::message& m,
                               const std::shared_ptr<vmcp::client_session>& session);

    vmcp::result<std::shared_ptr<vmcp::client_session>> session_of(const caller& from);
    // An answered call, for metrics.
    void count(const vmcp::call& what, const server_connection& connection,
               vmcp::steady_clock::time_point began);
    vmcp::call make_call(const http_request& request, const caller& from, const vmcp::message& m,
                         std::shared_ptr<vmcp::client_session> session) const;
    static stream_options options_for(const vmcp::client_session& session, const caller& from);

    vmcp::gateway& core_;
    vmcp::session_table& sessions_;
    vmcp::authenticator& auth_;
    const vmcp::published<front_settings>& settings_;
    front_counters counters_{};
};

} // namespace transport
