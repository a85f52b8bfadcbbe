#include "vmcp/program/metrics.hpp"

#include "vmcp/program/metric_collection.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace vmcp {
namespace {

using transport::call_end;
using labels = metric_labels;
using collection = metric_collection;
using prometheus::MetricType;

latency_totals& operator+=(latency_totals& to, const latency_totals& more) {
    for (std::size_t i = 0; i < to.buckets.size(); ++i)
        to.buckets[i] += more.buckets[i];
    to.count += more.count;
    to.seconds += more.seconds;
    return to;
}

constexpr std::string_view tools_call = transport::counted_methods[0];

constexpr auto methods = transport::counted_methods.size();
constexpr auto ends = transport::call_ends.size();

// What the gateway answered, by method and by how it ended.
class call_totals {
public:
    explicit call_totals(const gateway_figures& figures) : all_(methods) {
        for (std::size_t m = 0; m < methods; ++m)
            for (std::size_t e = 0; e < ends; ++e)
                all_[m][e] = figures.calls->read(m, e);
    }

    [[nodiscard]] const latency_totals& at(std::size_t method, std::size_t end) const {
        return all_[method][end];
    }
    [[nodiscard]] const latency_totals& at(std::size_t method, call_end end) const {
        return at(method, static_cast<std::size_t>(end));
    }
    // A tool's own failure is a success of the request.
    [[nodiscard]] latency_totals succeeded(std::size_t method) const {
        auto sum = at(method, call_end::success);
        return sum += at(method, call_end::tool_error);
    }
    [[nodiscard]] latency_totals failed(std::size_t method) const {
        auto sum = at(method, call_end::error);
        return sum += at(method, call_end::cancelled);
    }

private:
    std::vector<std::array<latency_totals, ends>> all_;
};

void add_requests(collection& to, const gateway_figures& figures, const call_totals& totals) {
    const auto by_method = [&](auto&& value) {
        for (std::size_t m = 0; m < methods; ++m)
            for (const auto& [status, sum] :
                 {std::pair("success", totals.succeeded(m)), std::pair("error", totals.failed(m))})
                if (sum.count > 0)
                    to.add({{"server", std::string(figures.name)},
                            {"mcp_method", std::string(transport::counted_methods[m])},
                            {"status", status},
                            {"transport", "streamable-http"}},
                           value(sum));
    };
    to.counter("toolhive_mcp_requests_total", "MCP requests that were answered");
    by_method([](const latency_totals& sum) { return sum.count; });
    to.family("toolhive_mcp_request_duration_seconds", "From an MCP request to the end of its answer",
              MetricType::Histogram);
    by_method([](const latency_totals& sum) { return sum; });
}

void add_tool_calls(collection& to, const gateway_figures& figures, const call_totals& totals) {
    to.counter(
        "toolhive_mcp_tool_calls_total",
        "Tool calls that were answered; \"error\" counts failed calls and tools that say that they failed");
    static_assert(tools_call == "tools/call");
    const auto succeeded = totals.at(0, call_end::success).count;
    const auto failed = totals.failed(0).count + totals.at(0, call_end::tool_error).count;
    to.add({{"server", std::string(figures.name)}, {"status", "success"}}, succeeded);
    to.add({{"server", std::string(figures.name)}, {"status", "error"}}, failed);
}

void add_durations(collection& to, const call_totals& totals) {
    to.family("mcp_server_operation_duration_seconds", "From an MCP request to the end of its answer",
              MetricType::Histogram);
    constexpr std::array<std::string_view, ends> error_types{"", "tool_error", "rpc_error", "cancelled"};
    for (std::size_t m = 0; m < methods; ++m)
        for (std::size_t e = 0; e < ends; ++e) {
            if (totals.at(m, e).count == 0)
                continue;
            labels labels{{"mcp_method_name", std::string(transport::counted_methods[m])}};
            if (!error_types[e].empty())
                labels.push_back({"error_type", std::string(error_types[e])});
            to.add(std::move(labels), totals.at(m, e));
        }
}

void add_calls(collection& to, const gateway_figures& figures) {
    const call_totals totals(figures);
    add_requests(to, figures, totals);
    add_tool_calls(to, figures, totals);
    add_durations(to, totals);
}

void add_front(collection& to, const gateway_figures& figures) {
    to.gauge("toolhive_mcp_active_connections", "Open connections of clients and operators");
    to.add({{"server", std::string(figures.name)}}, figures.connections);
    to.counter("vmcp_http_requests_total", "HTTP requests to the MCP endpoint");
    to.add({}, figures.requests);
    to.counter("vmcp_http_requests_refused_total",
               "HTTP requests refused for their origin, host, credentials or protocol version");
    to.add({}, figures.refused);
    to.gauge("vmcp_in_flight", "Calls that are being answered");
    to.add({}, figures.in_flight);
    to.gauge("vmcp_sse_streams_active", "Open GET event streams of clients");
    to.add({}, figures.streams);
    to.gauge("vmcp_calls_parked", "Calls of clients without sessions that wait for the client's answers");
    to.add({}, figures.parked);
    to.counter("vmcp_calls_parked_expired_total", "Such calls that nobody came back for (limits.askTimeout)");
    to.add({}, figures.parked_expired);
    to.counter("vmcp_calls_parked_refused_total", "Such calls that were ended because too many were waiting");
    to.add({}, figures.parked_refused);
    to.gauge("vmcp_sessions_active", "Sessions of clients");
    to.add({}, figures.sessions);
    std::uint64_t opened = figures.sessions;
    for (const auto n : figures.sessions_ended)
        opened += n;
    to.counter("vmcp_sessions_opened_total", "Sessions that were opened");
    to.add({}, opened);
    to.counter("vmcp_sessions_ended_total", "Sessions that ended, by reason");
    constexpr std::array<const char*, 4> reasons{"deleted", "expired", "evicted", "shutdown"};
    for (std::size_t i = 0; i < reasons.size(); ++i)
        to.add({{"reason", reasons[i]}}, figures.sessions_ended[i]);
}

void add_policy(collection& to, const gateway_figures& figures) {
    to.counter(
        "vmcp_authz_decisions_total",
        "Requests that policies decided about; \"error\" counts those denied because a policy could not "
        "be evaluated");
    to.add({{"decision", "allowed"}}, figures.policy.allowed);
    to.add({{"decision", "denied"}}, figures.policy.denied);
    to.add({{"decision", "error"}}, figures.policy.failed);
    to.counter(
        "vmcp_authz_list_errors_total",
        "Entries of lists that were hidden because a policy could not be evaluated; up to 16 of a list "
        "are counted");
    to.add({}, figures.policy.list_failures);
}

void add_entrance(collection& to, const gateway_figures& figures) {
    if (figures.entrance == nullptr)
        return;
    to.counter("vmcp_auth_accepted_total",
               "Requests whose access token was accepted (incomingAuth.type oidc)");
    to.add({}, figures.entrance->accepted.load());
    to.counter("vmcp_auth_refused_total", "Requests that were not let in, by reason");
    for (std::size_t i = 0; i < refusal_kinds; ++i)
        to.add({{"reason", std::string(refusal_words[i])}}, figures.entrance->refused[i].load());
    to.counter("vmcp_auth_signature_checks_total", "Signatures of access tokens that were checked");
    to.add({{"outcome", "right"}}, figures.entrance->signatures_right.load());
    to.add({{"outcome", "wrong"}}, figures.entrance->signatures_wrong.load());
    to.counter(
        "vmcp_auth_refused_again_total",
        "Access tokens that were refused without a check, because their signature was wrong a moment ago");
    to.add({}, figures.entrance->refused_again.load());
    to.counter(
        "vmcp_auth_unchecked_total",
        "Access tokens that were not checked, because forged ones had spent the time for that, by whose");
    to.add({{"budget", "address"}}, figures.entrance->spent_by_peer.load());
    to.add({{"budget", "worker"}}, figures.entrance->spent_by_worker.load());
    to.gauge("vmcp_auth_keys_age_seconds",
             "Since the keys of the issuer of access tokens were read; 0: there are none");
    to.add({}, figures.keys.age.count());
    to.gauge("vmcp_auth_keys_failures", "Readings of the issuer's keys in a row that failed");
    to.add({}, figures.keys.failures);
}

void add_records(collection& to, const gateway_figures& figures) {
    if (!figures.records.on && figures.records.written == 0 && figures.records.lost == 0)
        return;
    to.counter("vmcp_audit_lines_total", "Lines of the audit log that were written");
    to.add({}, figures.records.written);
    to.counter("vmcp_audit_lines_lost_total",
               "Lines of the audit log that found no room while the file was not, or too slowly, written");
    to.add({}, figures.records.lost);
    to.gauge("vmcp_audit_lines_waiting", "Lines of the audit log that wait for the file");
    to.add({}, figures.records.waiting);
    to.gauge("vmcp_audit_failing", "1: the file of the audit log cannot be written");
    to.add({}, !figures.records.problem.empty());
}

void add_rate_limits(collection& to, const gateway_figures& figures) {
    const auto* const counters = figures.rates.counters;
    if (counters == nullptr)
        return;
    const metric_labels server{{"server", std::string(figures.name)}};
    const auto all_with = [&](const char* decision, auto value) {
        for (std::size_t scope = 0; scope < counters->of.size(); ++scope)
            for (std::size_t part = 0; part < counters->of[scope].size(); ++part)
                to.add({server[0],
                        {"decision", decision},
                        {"scope", scope == 0 ? "shared" : "per_user"},
                        {"operation_type", part == 0 ? "server" : "tool"}},
                       value(counters->of[scope][part]));
    };
    to.counter("toolhive_rate_limit_decisions_total",
               "Token buckets that calls of tools took a token from (rateLimiting), and those that had none");
    all_with("allowed", [](const auto& one) { return one.allowed.load(); });
    all_with("rejected", [](const auto& one) { return one.rejected.load(); });
    to.family("toolhive_rate_limit_check_latency_seconds", "How long it took to ask the buckets",
              MetricType::Histogram);
    to.add(server, counters->checks.read());
    to.counter("toolhive_rate_limit_redis_errors_total", "Times that buckets could not be reached");
    to.add(server, counters->failures.load());
    to.counter("toolhive_rate_limit_fail_open_total", "Calls that were let through for that reason");
    to.add(server, counters->failures.load());
    to.gauge("vmcp_rate_limit_buckets", "Buckets of single callers that this process keeps");
    to.add({}, figures.rates.user_buckets);
    to.counter("vmcp_rate_limit_buckets_evicted_total",
               "Such buckets that made room for others before they were full again");
    to.add({}, figures.rates.evicted);
}

void add_spans(collection& to, const gateway_figures& figures) {
    const auto& spans = figures.spans;
    if (!spans.on && spans.sent == 0 && spans.lost == 0)
        return;
    to.counter("vmcp_spans_sent_total", "Spans that the collector has taken");
    to.add({}, spans.sent);
    to.counter("vmcp_spans_lost_total", "Spans that found no room, or that the collector did not take");
    to.add({}, spans.lost);
    to.gauge("vmcp_spans_waiting", "Spans that wait to be sent");
    to.add({}, spans.waiting);
    to.gauge("vmcp_spans_failing", "1: the last request with spans was not taken");
    to.add({}, spans.failing);
}

// One sample per backend.
template <class Value>
void each(collection& to, const gateway_figures& figures, const char* label, Value value) {
    for (const auto& one : figures.backends)
        to.add({{label, one.row->name}}, value(one));
}

void add_backend_calls(collection& to, const gateway_figures& figures) {
    constexpr auto workload = "target_workload_name";
    to.gauge("toolhive_vmcp_backends_discovered", "Backends of the running configuration");
    to.add({}, figures.backends.size());
    to.counter("toolhive_vmcp_backend_requests_total", "Calls sent to a backend");
    each(to, figures, workload, [](const backend_figures& b) { return b.calls.count; });
    to.counter("toolhive_vmcp_backend_errors_total", "Calls to a backend that got no answer");
    each(to, figures, workload, [](const backend_figures& b) { return b.failed_calls; });
    to.family("toolhive_vmcp_backend_requests_duration_seconds", "From a call sent to a backend to its end",
              MetricType::Histogram);
    for (const auto& one : figures.backends)
        if (one.calls.count > 0)
            to.add({{workload, one.row->name}}, one.calls);
    to.gauge("vmcp_backend_calls_running", "Calls that a backend is working on");
    each(to, figures, "backend", [](const backend_figures& b) { return b.running; });
    to.gauge("vmcp_backend_calls_waiting", "Calls that wait because a backend has as many as it may have");
    each(to, figures, "backend", [](const backend_figures& b) { return b.waiting; });
    to.counter("vmcp_upstream_session_reinit_total",
               "Sessions that a backend had lost and that were opened again");
    each(to, figures, "backend", [](const backend_figures& b) { return b.reinitializations; });
}

void add_health(collection& to, const gateway_figures& figures) {
    to.gauge("vmcp_backend_up", "1: the last evidence says that calls to the backend can succeed");
    each(to, figures, "backend", [](const backend_figures& b) { return health::counts_as_routable(*b.row); });
    to.gauge("vmcp_backend_state", "1 for the state that the backend is in");
    for (const auto& one : figures.backends)
        for (const auto state : {health::state::healthy, health::state::degraded, health::state::unhealthy,
                                 health::state::unknown, health::state::unauthenticated})
            to.add({{"backend", one.row->name}, {"state", std::string(name_of(state))}},
                   one.row->health.now == state);
    to.gauge("vmcp_circuit_state",
             "1 for the state that the backend's circuit breaker is in; none while it is off");
    for (const auto& one : figures.backends)
        for (const auto state : {health::circuit::closed, health::circuit::open, health::circuit::half_open})
            if (one.row->circuit_state)
                to.add({{"backend", one.row->name}, {"state", std::string(name_of(state))}},
                       *one.row->circuit_state == state);
    to.gauge("vmcp_probe_duration_seconds", "How long the last health probe that succeeded took");
    for (const auto& one : figures.backends)
        for (auto it = one.row->health.latency.rbegin(); it != one.row->health.latency.rend(); ++it)
            if (it->count() >= 0) {
                to.add({{"backend", one.row->name}}, static_cast<double>(it->count()) / 1e6);
                break;
            }
    to.counter("vmcp_probes_total", "Health probes that ended");
    each(to, figures, "backend", [](const backend_figures& b) { return b.row->health.checks; });
    to.gauge("vmcp_consecutive_failures", "Failures in a row");
    each(to, figures, "backend", [](const backend_figures& b) { return b.row->health.consecutive_failures; });
    to.counter("vmcp_transitions_total", "Changes of the backend's state");
    each(to, figures, "backend", [](const backend_figures& b) { return b.row->health.transitions; });
}

void add_catalog(collection& to, const gateway_figures& figures) {
    constexpr std::array<std::pair<list_kind, const char*>, 4> kinds{{{list_kind::tools, "tools"},
                                                                      {list_kind::prompts, "prompts"},
                                                                      {list_kind::resources, "resources"},
                                                                      {list_kind::templates, "templates"}}};
    const auto count = [&](const char* name, const char* help, auto&& entries) {
        to.gauge(name, help);
        for (const auto& [kind, word] : kinds)
            to.add({{"kind", word}},
                   std::ranges::count_if(entries, [k = kind](const auto& one) { return one.kind == k; }));
    };
    count("vmcp_catalogue_entries", "What clients are shown", figures.catalog->visible());
    auto mended = figures.catalog->visible() | std::views::filter(&visible_entry::mended);
    count("vmcp_catalogue_mended", "What did not fit the protocol's schema and is shown mended", mended);
    count("vmcp_catalogue_hidden", "What backends offer and clients are not shown",
          figures.catalog->hidden());
}

void add_memory(collection& to, const gateway_figures& figures) {
    if (figures.memory == nullptr)
        return;
    const auto each_class = [&](auto&& value) {
        for (std::size_t i = 0; i < memory_class_words.size(); ++i)
            to.add({{"class", std::string(memory_class_words[i])}}, value(static_cast<memory_class>(i)));
    };
    to.gauge("vmcp_memory_limit_bytes", "What peers may make the process hold (limits.memory)");
    to.add({}, figures.memory->limit());
    to.gauge("vmcp_memory_bytes", "What is held of that, by class");
    each_class([&](memory_class kind) { return figures.memory->used(kind); });
    to.counter("vmcp_memory_refused_total", "What was refused because there was no room for it, by class");
    each_class([&](memory_class kind) { return figures.memory->refused(kind); });
    to.counter("vmcp_memory_dropped_total",
               "What was let go to make room, or because nobody took it, by class");
    each_class([&](memory_class kind) { return figures.memory->dropped(kind); });
}

void add_process(collection& to, const gateway_figures& figures) {
    to.gauge("vmcp_build_info", "Always 1");
    to.add({{"version", std::string(figures.version)}}, 1);
    to.counter("vmcp_config_reloads_total", "Attempts to reload the configuration");
    to.add({{"outcome", "success"}}, figures.reloads.succeeded);
    to.add({{"outcome", "refused"}}, figures.reloads.refused);
    to.gauge("vmcp_config_last_reload_successful",
             "0: the configuration on disk has mistakes and is not used");
    to.add({}, figures.reloads.last_succeeded);
    to.gauge("vmcp_config_last_reload_success_timestamp_seconds", "When the configuration was read last");
    to.add({}, figures.reloads.last_success);
    to.counter("vmcp_own_shortages_total", "How often this process itself ran out of something");
    for (const auto shortage : all_shortages)
        to.add({{"resource", std::string(name_of(shortage))}},
               figures.shortages[static_cast<std::size_t>(shortage)]);
    const auto& p = figures.process;
    to.gauge("process_start_time_seconds", "When the process was started, in seconds since 1970");
    to.add({}, p.start_time);
    to.counter("process_cpu_seconds_total", "CPU time, of the user and the system together");
    to.add({}, p.cpu_seconds);
    to.gauge("process_resident_memory_bytes", "Resident memory");
    to.add({}, p.resident_bytes);
    to.gauge("process_virtual_memory_bytes", "Virtual memory");
    to.add({}, p.virtual_bytes);
    to.gauge("process_threads", "Threads");
    to.add({}, p.threads);
    to.gauge("process_open_fds", "Open file descriptors");
    to.add({}, p.open_fds);
    to.gauge("process_max_fds", "How many file descriptors may be open");
    to.add({}, p.max_fds);
}

} // namespace

std::string metrics_text(const gateway_figures& figures) {
    return prometheus::TextSerializer().Serialize(metric_families(figures));
}

std::vector<prometheus::MetricFamily> metric_families(const gateway_figures& figures) {
    collection all;
    add_calls(all, figures);
    add_front(all, figures);
    add_entrance(all, figures);
    add_policy(all, figures);
    add_records(all, figures);
    add_rate_limits(all, figures);
    add_spans(all, figures);
    add_backend_calls(all, figures);
    add_health(all, figures);
    add_catalog(all, figures);
    add_memory(all, figures);
    add_process(all, figures);
    return all.take();
}

} // namespace vmcp
