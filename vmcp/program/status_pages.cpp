#include "vmcp/program/status_pages.hpp"

#include "health/status_json.hpp"

#include <fmt/format.h>

namespace vmcp {

using transport::http_request;
using transport::page;
namespace asio = boost::asio;

namespace {

const page silent{.status = 503,
                  .body = R"({"status":"not_ready","reason":"the control thread does not answer"})"};

asio::awaitable<page> alive_page(http_request&) {
    co_return page{.body = R"({"status":"ok"})"};
}

// Ready to serve, whatever its backends do, unless partialFailureMode says that all of them are needed: a gateway that is
// taken out because one backend is down helps nobody.
asio::awaitable<page> ready_page(status_sources from, bool verbose) {
    const auto view = co_await from.backends.look();
    if (!view)
        co_return silent;
    const auto& counts = view->health.counts;
    const bool ready = !view->all_needed || counts.routable == counts.total;
    const unsigned status = ready ? 200 : 503;
    if (verbose)
        co_return page{.status = status, .body = health::readyz_json(view->health, ready, from.to)};
    co_return page{.status = status,
                   .body = ready ? R"({"status":"ready","mode":"static"})"
                                 : R"({"status":"not_ready","mode":"static","reason":"backends_not_ready"})"};
}

asio::awaitable<page> status_page(status_sources from) {
    const auto view = co_await from.backends.look();
    if (!view)
        co_return silent;
    const auto reloads = from.reloads.load();
    co_return page{.body = health::status_json(view->health, from.to,
                                               {.refused = reloads->refused ? &*reloads->refused : nullptr,
                                                .more = conditions_of(from.records.figures(), from.to)})};
}

asio::awaitable<page> health_page(status_sources from) {
    const auto view = co_await from.backends.look();
    co_return view ? page{.body = health::backends_health_json(view->health)} : silent;
}

} // namespace

std::vector<health::condition> conditions_of(const audit_figures& records, health::audience to) {
    if (!records.on || records.problem.empty())
        return {};
    auto text = fmt::format("The file of the audit log cannot be written: {} lines wait, {} are lost",
                            records.waiting, records.lost);
    if (to == health::audience::operators)
        text += ": " + records.problem;
    return {
        {.type = "AuditLogWritten", .status = "False", .reason = "WriteFailed", .message = std::move(text)}};
}

void add_status_pages(transport::router& pages, status_sources from) {
    for (const auto* path : {"/health", "/healthz", "/livez", "/ping"})
        pages.add_page(path, alive_page);
    pages.add_page("/readyz", [from](http_request& request) {
        return ready_page(from, request.query == "verbose" || request.query.starts_with("verbose="));
    });
    pages.add_page("/status", [from](http_request&) { return status_page(from); });
    pages.add_page("/api/backends/health", [from](http_request&) { return health_page(from); });
}

transport::router::check known_hosts_only(const published<transport::front_settings>& settings) {
    return [&settings](const http_request& request) -> std::optional<failure> {
        const auto now = settings.load();
        const auto host = request.field("Host");
        if (!now->origins.loopback_listener || is_allowed_host(host, now->origins) ||
            is_allowed_host(host, transport::origin_policy{}))
            return std::nullopt;
        return fail(errc::origin_refused, fmt::format("Host {} (see listener.allowedHosts)", host));
    };
}

} // namespace vmcp
