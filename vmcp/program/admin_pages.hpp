// Metrics, the status page, the reload endpoint and trial calls.
#pragma once

#include "auth/cedar/cedar_admission.hpp"
#include "transport/admin/event_feed.hpp"
#include "transport/admin/router.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "vmcp/audit/audit_log.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/door/door.hpp"
#include "vmcp/program/metrics.hpp"
#include "vmcp/program/metrics_sharing.hpp"
#include "vmcp/program/reload.hpp"
#include "vmcp/program/trial_calls.hpp"
#include "vmcp/service/memory_rate_limiter.hpp"
#include "vmcp/service/rate_limits.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_table.hpp"
#include "vmcp/supervision/supervisor.hpp"
#include "vmcp/telemetry/telemetry.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace vmcp {

// Where the pages read. Everything outlives them and may be read from any thread.
struct page_sources {
    transport::worker& control;
    supervisor& backends;
    const session_table& sessions;
    const published<snapshot>& current;
    const transport::front_counters& front;
    const door& entrance;
    std::function<std::size_t()> connections; // open
    const published<reload_history>& reloads;
    const auth::cedar_admission& policy;
    const audit_log& records;
    const memory_ledger& memory;
    const rate_limits& rates;
    const memory_rate_limiter& buckets;
    std::function<std::uint16_t()> port; // of the listener for clients
    const telemetry& spans;
    const replicas* with_others = nullptr; // null: the only gateway that serves its sessions
};

// Lives until the last connection has ended.
class admin_pages {
public:
    // `reload` runs on the control thread.
    admin_pages(page_sources from, std::function<reload_outcome()> reload, const trial_calls::parts& calls);

    // What /metrics would say now; empty where the control thread does not answer. On that thread.
    [[nodiscard]] boost::asio::awaitable<std::vector<prometheus::MetricFamily>> families() const;

    // /metrics, where telemetry.enablePrometheusMetricsPath allows it.
    void add_public(transport::router& to);
    // /metrics, /ui/, /ui/events, /ui/entry, POST /api/reload and POST /api/call, and /, which leads to the status page.
    void add_admin(transport::router& to);

private:
    class reload_endpoint final : public transport::http_handler {
    public:
        reload_endpoint(page_sources from, std::function<reload_outcome()> reload)
            : from_(from)
            , reload_(std::move(reload)) {}
        boost::asio::awaitable<void> handle(transport::http_request& request) override;

    private:
        page_sources from_;
        std::function<reload_outcome()> reload_;
    };

    page_sources from_;
    reload_endpoint reload_;
    trial_calls trials_;
    transport::event_feed feed_;
};

// Refuses what a web page of another site sends to an admin listener on a loopback address (DNS rebinding).
[[nodiscard]] transport::router::check loopback_only(bool loopback);

} // namespace vmcp
