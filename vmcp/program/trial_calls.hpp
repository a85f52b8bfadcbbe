// POST /api/call of the admin listener: an operator tries a tool from the status page. What comes is one tools/call of the
// stateless revision, and from there on the call is like any client's.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/http/via_chain.hpp"
#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/modern_front.hpp"
#include "transport/mcp/front/request_id.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/audit.hpp"
#include "vmcp/service/snapshot.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Who calls: for policies, Client::"vmcp-operator"; for the audit and access logs, the same with this issuer.
inline constexpr std::string_view operator_issuer = "urn:vmcp:admin";
inline constexpr std::string_view operator_subject = "vmcp-operator";

// Whether a request may come from a page of the site that it is sent to: `origin`, where there is one, names `host`.
[[nodiscard]] bool is_same_site(const std::optional<std::string_view>& origin,
                                std::string_view host) noexcept;

// Everything that it is given outlives it. Thread-safe.
class trial_calls final : public transport::http_handler {
public:
    struct bounds {
        std::size_t most = 8; // at once
        std::size_t most_bytes = std::size_t{1} << 20;
        std::chrono::milliseconds longest{300'000};
    };
    struct parts {
        transport::modern_front& front;
        const transport::via_chain& via;
        const published<snapshot>& current;
        const published<transport::front_settings>& settings;
        audit_sink* records = nullptr;
    };

    explicit trial_calls(parts parts, bounds within);
    explicit trial_calls(parts parts) : trial_calls(parts, bounds{}) {}

    boost::asio::awaitable<void> handle(transport::http_request& request) override;
    boost::asio::awaitable<bool> admit(transport::http_request& request) override;

private:
    // Who may not call is answered, and gets nothing.
    boost::asio::awaitable<bool> let_in(const transport::admitted_request& request);
    [[nodiscard]] std::shared_ptr<const transport::front_settings> settings_of_call() const;

    const parts of_;
    const bounds within_;
    transport::request_ids ids_;
    const std::shared_ptr<const caller> operator_;
    std::atomic<std::size_t> running_{0};
};

} // namespace vmcp
