#include "vmcp/program/admin_pages.hpp"

#include "transport/admin/bearer.hpp"
#include "transport/http/origin_policy.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/model/waiting.hpp"
#include "vmcp/program/logging.hpp"
#include "vmcp/program/status_pages.hpp"
#include "vmcp/program/ui_data.hpp"
#include "vmcp/program/ui_entry.hpp"
#include "vmcp/program/ui_files.hpp"

#include <fmt/format.h>

#include <mutex>

namespace vmcp {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using transport::header_field;
using transport::http_request;
using transport::page;

namespace {

constexpr auto control_silent = R"({"error":"the control thread does not answer"})";

rate_limit_figures rates_of(const page_sources& from, const config& settings) {
    if (!settings.rate_limits.enabled())
        return {};
    return {.counters = &from.rates.counters(),
            .user_buckets = from.buckets.user_buckets(),
            .evicted = from.buckets.evicted()};
}

gateway_figures figures_of(const page_sources& from, const snapshot& snap, const fleet_view& view) {
    const auto& counters = from.front;
    gateway_figures out{.name = snap.settings->name,
                        .version = program_version,
                        .catalog = snap.catalog.get(),
                        .calls = &counters.calls,
                        .requests = counters.requests.load(),
                        .refused = counters.refused.load(),
                        .connections = from.connections(),
                        .streams = counters.streams.load(),
                        .in_flight = counters.in_flight.load(),
                        .parked = counters.parked.waiting.load(),
                        .parked_expired = counters.parked.expired.load(),
                        .parked_refused = counters.parked.refused.load(),
                        .sessions = from.sessions.size(),
                        .entrance = &from.entrance.counters(),
                        .keys = from.entrance.keys(),
                        .policy = from.policy.figures(),
                        .records = from.records.figures(),
                        .rates = rates_of(from, *snap.settings),
                        .spans = from.spans.figures(),
                        .memory = &from.memory,
                        .reloads = from.reloads.load()->figures,
                        .process = read_process_figures()};
    for (const auto why :
         {session_end::deleted, session_end::expired, session_end::evicted, session_end::shutdown})
        out.sessions_ended[static_cast<std::size_t>(why)] = from.sessions.ended(why);
    for (const auto shortage : all_shortages)
        out.shortages[static_cast<std::size_t>(shortage)] = seen(shortage).times;
    for (std::size_t i = 0; i < view.health.backends.size(); ++i) {
        const auto& load = view.loads[i];
        backend_figures one{
            .row = &view.health.backends[i], .running = load.calls.running, .waiting = load.calls.waiting};
        if (load.gate) {
            one.reinitializations = load.gate->reinitializations();
            one.failed_calls = load.gate->failed_calls();
            one.calls = load.gate->calls();
        }
        out.backends.push_back(one);
    }
    return out;
}

asio::awaitable<page> metrics_page(page_sources from) {
    const auto snap = from.current.load();
    const auto view = co_await from.backends.look();
    if (!view)
        co_return page{.status = 503, .body = control_silent};
    // With 1,000 backends the text takes some 30 ms to write: on a worker, calls would wait for it.
    const auto text = std::make_shared<promised<std::string>>();
    from.control.post([from, snap, view, text] {
        auto body = metrics_text(figures_of(from, *snap, *view));
        if (from.with_others != nullptr)
            body += sharing_metrics(figures_of(*from.with_others));
        text->set(std::move(body));
    });
    auto made =
        co_await text->get(co_await asio::this_coro::executor, steady_clock::now() + std::chrono::seconds(5));
    if (!made)
        co_return page{.status = 503, .body = control_silent};
    co_return page{.content_type = std::string(metrics_content_type), .body = std::move(*made)};
}

// The catalog as JSON, made once per catalog however many watch.
class catalog_text {
public:
    std::shared_ptr<const std::string> of(const std::shared_ptr<const catalog>& which) {
        const std::lock_guard lock(mutex_);
        if (made_of_.lock() != which) {
            text_ = std::make_shared<const std::string>(ui_catalog_json(*which));
            made_of_ = which;
        }
        return text_;
    }

private:
    std::mutex mutex_{};
    std::weak_ptr<const catalog> made_of_{};
    std::shared_ptr<const std::string> text_{};
};

transport::event_feed::look make_look(page_sources from) {
    return [from, started = read_process_figures().start_time, names = std::make_shared<catalog_text>()]()
               -> asio::awaitable<std::vector<transport::event_feed::part>> {
        const auto snap = from.current.load();
        const auto view = co_await from.backends.look();
        const auto& counters = from.front;
        const ui_counts counts{.sessions = from.sessions.size(),
                               .streams = counters.streams.load(),
                               .in_flight = counters.in_flight.load(),
                               .started = started};
        std::vector<transport::event_feed::part> out;
        const auto reloads = from.reloads.load();
        out.push_back(
            {"status",
             view ? std::make_shared<const std::string>(ui_status_json(
                        snap->settings->name, *view, counts,
                        {.refused = reloads->refused ? &*reloads->refused : nullptr,
                         .more = conditions_of(from.records.figures(), health::audience::operators)}))
                  : nullptr});
        out.push_back({"catalog", names->of(snap->catalog)});
        out.push_back({"gateway",
                       view ? std::make_shared<const std::string>(ui_gateway_json(
                                  *snap->settings, from.port(), *reloads, recent_log().newest_first(), *view))
                            : nullptr});
        co_return out;
    };
}

page redirect(std::string_view to) {
    return {.status = 302, .content_type = "text/plain", .body = "see ui/\n", .fields = {{"Location", to}}};
}

page entry_page(const catalog& catalog, std::string_view query) {
    const auto asked = read_entry_query(query);
    if (!asked)
        return {.status = 400, .body = R"({"error":"ask for kind=tool&name=..."})"};
    auto found = ui_entry_json(catalog, *asked);
    if (!found)
        return {.status = 404, .body = R"({"error":"no client sees an entry of this name"})"};
    return {.body = std::move(*found)};
}

page file_page(const transport::page& made) {
    page out = made;
    out.fields = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Frame-Options", "DENY"}};
    return out;
}

} // namespace

admin_pages::admin_pages(page_sources from, std::function<reload_outcome()> reload,
                         const trial_calls::parts& calls)
    : from_(from)
    , reload_(from, std::move(reload))
    , trials_(calls)
    , feed_(transport::event_feed::settings{}, make_look(from)) {
}

asio::awaitable<std::vector<prometheus::MetricFamily>> admin_pages::families() const {
    const auto snap = from_.current.load();
    const auto view = co_await from_.backends.look();
    if (!view)
        co_return std::vector<prometheus::MetricFamily>();
    co_return metric_families(figures_of(from_, *snap, *view));
}

void admin_pages::add_public(transport::router& to) {
    to.add_page("/metrics", [from = from_](http_request&) -> asio::awaitable<page> {
        if (from.current.load()->settings->metrics)
            return metrics_page(from);
        return []() -> asio::awaitable<page> {
            co_return page{.status = 404,
                           .body = R"({"error":"telemetry.enablePrometheusMetricsPath is off"})"};
        }();
    });
}

void admin_pages::add_admin(transport::router& to) {
    to.add_page("/metrics",
                [from = from_](http_request&) -> asio::awaitable<page> { return metrics_page(from); });
    to.add_page("/", [](http_request&) -> asio::awaitable<page> { co_return redirect("ui/"); });
    to.add_page("/ui", [](http_request&) -> asio::awaitable<page> { co_return redirect("ui/"); });
    for (const auto& file : ui_files()) {
        const auto path = file.name == "index.html" ? "/ui/" : fmt::format("/ui/{}", file.name);
        to.add_page(path, [file](http_request&) -> asio::awaitable<page> {
            co_return file_page(
                {.content_type = std::string(file.content_type), .body = std::string(file.body)});
        });
    }
    to.add_page("/ui/entry", [from = from_](http_request& request) -> asio::awaitable<page> {
        co_return entry_page(*from.current.load()->catalog, request.query);
    });
    to.add_checked("/ui/events", feed_);
    to.add_checked("/api/call", trials_);
    to.add_checked("/api/reload", reload_);
}

asio::awaitable<void> admin_pages::reload_endpoint::handle(http_request& request) {
    auto& connection = request.connection;
    const auto answer = [&](unsigned status, std::string body,
                            std::vector<header_field> fields = {}) -> asio::awaitable<void> {
        if (status >= 400)
            log::debug("refused {} {}: HTTP {}: {}", connection.peer(), request.path, status, body);
        fields.push_back({"Cache-Control", "no-store"});
        co_await connection.respond(status, "application/json", gather(body), fields);
    };
    if (request.head.method() != http::verb::post) {
        co_await answer(405, R"({"error":"POST reloads the configuration"})", {{"Allow", "POST"}});
        co_return;
    }
    const auto settings = from_.current.load()->settings;
    if (settings->admin.token.empty()) {
        co_await answer(403, R"({"error":"reloading over HTTP is off: set admin.token, or send SIGHUP"})");
        co_return;
    }
    if (!transport::carries_token(request.field("Authorization"), settings->admin.token)) {
        co_await answer(401, R"({"error":"send \"Authorization: Bearer <admin.token>\""})",
                        {{"WWW-Authenticate", R"(Bearer realm="vmcp admin")"}});
        co_return;
    }
    const auto done = std::make_shared<promised<std::shared_ptr<const reload_outcome>>>();
    from_.control.post(
        [reload = reload_, done] { done->set(std::make_shared<const reload_outcome>(reload())); });
    const auto outcome =
        co_await done->get(connection.home().executor(), steady_clock::now() + std::chrono::seconds(30));
    if (!outcome)
        co_await answer(503, control_silent);
    else
        co_await answer((*outcome)->what == reload_outcome::kind::refused ? 422 : 200,
                        reload_json(**outcome));
}

transport::router::check loopback_only(bool loopback) {
    return [policy = transport::origin_policy{.loopback_listener = loopback}](
               const http_request& request) -> std::optional<failure> {
        const auto origin =
            request.has_field("Origin") ? std::optional(request.field("Origin")) : std::nullopt;
        const auto host = request.host;
        if (policy.loopback_listener &&
            check_origin_and_host(origin, host, policy) != transport::origin_verdict::allowed)
            return fail(errc::origin_refused,
                        fmt::format("Host {}, Origin {}: the admin listener serves this machine only",
                                    excerpt_of(host), excerpt_of(origin.value_or("none"))));
        return std::nullopt;
    };
}

} // namespace vmcp
