#include "vmcp/program/status_pages.hpp"

#include "health/status_json.hpp"

#include <fmt/format.h>

namespace vmcp {

using transport::http_request;
using transport::page;
namespace asio = boost::asio;

void add_status_pages(transport::router& pages, supervisor& backends, health::audience to) {
    const auto alive = [](http_request&) -> asio::awaitable<page> {
        co_return page{.body = R"({"status":"ok"})"};
    };
    for (const auto* path : {"/health", "/healthz", "/livez", "/ping"})
        pages.add_page(path, alive);

    const auto silent = page{
        .status = 503, .body = R"({"status":"not_ready","reason":"the control thread does not answer"})"};
    // Ready to serve, whatever its backends do, unless partialFailureMode says that all of them are needed: a gateway that is taken
    // out because one backend is down helps nobody.
    pages.add_page("/readyz", [&backends, to, silent](http_request& request) -> asio::awaitable<page> {
        const auto view = co_await backends.look();
        if (!view)
            co_return silent;
        const auto& counts = view->health.counts;
        const bool ready = !view->all_needed || counts.routable == counts.total;
        const unsigned status = ready ? 200 : 503;
        if (request.query == "verbose" || request.query.starts_with("verbose="))
            co_return page{.status = status, .body = health::readyz_json(view->health, ready, to)};
        co_return page{.status = status,
                       .body =
                           ready ? R"({"status":"ready","mode":"static"})"
                                 : R"({"status":"not_ready","mode":"static","reason":"backends_not_ready"})"};
    });
    pages.add_page("/status", [&backends, to, silent](http_request&) -> asio::awaitable<page> {
        const auto view = co_await backends.look();
        co_return view ? page{.body = health::status_json(view->health, to)} : silent;
    });
    pages.add_page("/api/backends/health", [&backends, silent](http_request&) -> asio::awaitable<page> {
        const auto view = co_await backends.look();
        co_return view ? page{.body = health::backends_health_json(view->health)} : silent;
    });
}

transport::router::check known_hosts_only(const published<transport::front_settings>& settings) {
    return [&settings](const http_request& request) -> std::optional<failure> {
        if (request.path == "/mcp")
            return std::nullopt; // the front checks for itself, Origin too, and counts
        const auto now = settings.load();
        const auto host = request.field("Host");
        if (!now->origins.loopback_listener || is_allowed_host(host, now->origins) ||
            is_allowed_host(host, transport::origin_policy{}))
            return std::nullopt;
        return fail(errc::origin_refused, fmt::format("Host {} (see listener.allowedHosts)", host));
    };
}

} // namespace vmcp
