#include "vmcp/program/status_pages.hpp"

#include "health/status_json.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace vmcp {

using transport::http_request;
using transport::page;
namespace asio = boost::asio;

namespace {

const page silent{.status = 503,
                  .body = R"({"status":"not_ready","reason":"the control thread does not answer"})"};

// In ToolHive's words. Why, operators read in /status and in the log.
const page unlisted{.status = 503,
                    .body = R"({"status":"not_ready","mode":"dynamic","reason":"cache_sync_pending"})"};

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
    const auto cluster = from.cluster();
    if (cluster && !cluster->ready)
        co_return unlisted;
    const bool ready = !view->all_needed || counts.routable == counts.total;
    const unsigned status = ready ? 200 : 503;
    const std::string_view mode = cluster ? "dynamic" : "static";
    if (verbose)
        co_return page{.status = status,
                       .body = from.to == health::audience::operators
                                   ? health::readyz_json(view->health, ready)
                                   : health::readyz_json(health::public_part(view->health), ready)};
    co_return page{
        .status = status,
        .body = ready ? fmt::format(R"({{"status":"ready","mode":"{}"}})", mode)
                      : fmt::format(R"({{"status":"not_ready","mode":"{}","reason":"backends_not_ready"}})",
                                    mode)};
}

// The number in "page=2"; nothing where the query asks for none that there can be.
std::optional<std::size_t> page_number(std::string_view query) {
    constexpr std::string_view key = "page=";
    if (!query.starts_with(key))
        return 1;
    std::size_t number = 0;
    const auto* const end = query.data() + query.size();
    const auto read = std::from_chars(query.data() + key.size(), end, number);
    constexpr std::size_t last = 1'000'000;
    if (read.ec != std::errc() || read.ptr != end || number == 0 || number > last)
        return std::nullopt;
    return number;
}

// Names are peers' words: a long one would make the page long.
std::vector<health::hidden_row> hidden_rows(const std::vector<hidden_entry>& all,
                                            const health::status_page& on) {
    std::vector<health::hidden_row> out;
    for (std::size_t i = on.begin(); i < all.size() && out.size() < on.rows; ++i)
        out.push_back({std::string(spec_of(all[i].kind).label), all[i].backend,
                       excerpt_of(all[i].name, {}, 256), all[i].reason});
    return out;
}

asio::awaitable<page> status_page(status_sources from, std::optional<std::size_t> number) {
    if (!number)
        co_return page{.status = 400,
                       .body = R"({"error":"page must be a number from 1 on: /status?page=2"})"};
    const auto view = co_await from.backends.look();
    if (!view)
        co_return silent;
    const auto reloads = from.reloads.load();
    const auto& hidden = view->catalog->hidden();
    health::status_extras extras{.refused = reloads->refused ? &*reloads->refused : nullptr,
                                 .hidden_total = hidden.size(),
                                 .page = {.number = *number}};
    extras.hidden = hidden_rows(hidden, extras.page);
    const auto records = from.records.figures();
    if (from.to == health::audience::operators) {
        extras.more = conditions_of(records, from.to);
        if (const auto cluster = from.cluster())
            std::ranges::copy(conditions_of(*cluster), std::back_inserter(extras.more));
        co_return page{.body = health::status_json(view->health, extras)};
    }
    auto told = health::public_part(view->health, extras.hidden, extras.refused);
    if (!conditions_of(records, from.to).empty())
        told.unwritten = {records.waiting, records.lost};
    co_return page{.body = health::status_json(told, extras.page, extras.hidden_total)};
}

asio::awaitable<page> health_page(status_sources from) {
    const auto view = co_await from.backends.look();
    co_return view ? page{.body = health::backends_health_json(health::public_part(view->health))} : silent;
}

} // namespace

std::vector<health::condition> conditions_of(const audit_figures& records, health::audience to) {
    if (!records.on || records.problem.empty())
        return {};
    auto made = health::unwritten_condition(records.waiting, records.lost);
    if (to == health::audience::operators)
        made.message += ": " + records.problem;
    return {std::move(made)};
}

void add_status_pages(transport::router& pages, status_sources from) {
    for (const auto* path : {"/health", "/healthz", "/livez", "/ping"})
        pages.add_page(path, alive_page);
    pages.add_page("/readyz", [from](http_request& request) {
        return ready_page(from, request.query == "verbose" || request.query.starts_with("verbose="));
    });
    pages.add_page("/status",
                   [from](http_request& request) { return status_page(from, page_number(request.query)); });
    pages.add_page("/api/backends/health", [from](http_request&) { return health_page(from); });
}

transport::router::check known_hosts_only(const published<transport::front_settings>& settings) {
    return [&settings](const http_request& request) -> std::optional<failure> {
        const auto now = settings.load();
        const auto host = request.host;
        if (!now->origins.loopback_listener || is_allowed_host(host, now->origins) ||
            is_allowed_host(host, transport::origin_policy{}))
            return std::nullopt;
        return fail(errc::origin_refused,
                    fmt::format("Host {} (see listener.allowedHosts)", excerpt_of(host)));
    };
}

} // namespace vmcp
