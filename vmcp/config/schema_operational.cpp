// The rows of operational: deadlines, catalog refresh, health checks, circuit breaker.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

template <auto Member>
constexpr store_fn into_failures = into<&config::operational, &operational_config::failures, Member>;

void store_workload_timeout(config_draft& draft, const config_value& value) {
    into<&config::operational, &operational_config::per_workload>(draft, value);
    if (value.event == item_event::value)
        draft.timeout_paths[value.key] = value.path;
}

void add_failure_rows(std::vector<schema_row>& rows) {
    const std::string at = "operational.failureHandling";
    rows.push_back({.path = at, .spec = section(), .doc = "How failing backends are found out and treated."});
    rows.push_back(
        {.path = at + ".healthCheckInterval",
         .spec = duration(100, 24 * hour),
         .fallback = "30s",
         .doc = "How often a healthy backend is probed. One that is not healthy is probed far more often.",
         .store = into_failures<&failure_handling::health_check_interval>});
    rows.push_back(
        {.path = at + ".healthCheckTimeout",
         .spec = duration(10, hour),
         .fallback = "10s",
         .doc = "How long one probe may take; less than the interval. Where this is not set, at most half "
                "of the interval.",
         .store = into_failures<&failure_handling::health_check_timeout>});
    rows.push_back({.path = at + ".unhealthyThreshold",
                    .spec = integer(1, 1'000),
                    .fallback = "3",
                    .doc = "Failures in a row after which a backend is unhealthy.",
                    .store = into_failures<&failure_handling::unhealthy_threshold>});
    rows.push_back({.path = at + ".statusReportingInterval",
                    .spec = duration(second, 24 * hour),
                    .fallback = "30s",
                    .doc = "In Kubernetes, where `VMCP_NAME` and `VMCP_NAMESPACE` name a VirtualMCPServer: "
                           "how often its status "
                           "is written anew when nothing happens. A change is written at once.",
                    .store = into<&config::cluster, &cluster_config::status_interval>});
    rows.push_back(
        {.path = at + ".partialFailureMode",
         .spec = choice({"best_effort", "fail"}),
         .fallback = "best_effort",
         .doc = "`best_effort`: `/readyz` says ready whatever the backends do. `fail`: it answers 503 until "
                "all of them can be called.",
         .store = [](config_draft& draft, const config_value& value) {
             draft.out.operational.failures.best_effort = value.text == "best_effort";
         }});
    rows.push_back({.path = at + ".grace",
                    .spec = duration(0, 24 * hour),
                    .fallback = "1m",
                    .doc = "How long the tools of a backend that went down stay listed.",
                    .store = into_failures<&failure_handling::grace>});
    rows.push_back({.path = at + ".circuitBreaker",
                    .spec = section(),
                    .doc = "Refuses calls at once to a backend that keeps failing."});
    rows.push_back({.path = at + ".circuitBreaker.enabled",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Whether there is a breaker.",
                    .store = into_failures<&failure_handling::breaker_enabled>});
    rows.push_back({.path = at + ".circuitBreaker.failureThreshold",
                    .spec = integer(1, 100'000),
                    .fallback = "5",
                    .doc = "Failures in a row that open it.",
                    .store = into_failures<&failure_handling::breaker_threshold>});
    rows.push_back({.path = at + ".circuitBreaker.timeout",
                    .spec = duration(second, 24 * hour),
                    .fallback = "1m",
                    .doc = "How long it stays open before one trial call is let through.",
                    .store = into_failures<&failure_handling::breaker_timeout>});
}

} // namespace

void add_operational_rows(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "operational", .spec = section(), .doc = "Deadlines, health checks, circuit breaker."});
    rows.push_back({.path = "operational.logLevel",
                    .spec = choice({"debug"}),
                    .doc = "The same as `log.level: debug`, in the words of ToolHive's operator.",
                    .store = into<&config::log, &log_config::level>});
    rows.push_back(
        {.path = "operational.timeouts", .spec = section(), .doc = "Deadlines of calls to backends."});
    rows.push_back({.path = "operational.timeouts.default",
                    .spec = duration(10, 24 * hour),
                    .fallback = "30s",
                    .doc = "How long one call may take.",
                    .store = into<&config::operational, &operational_config::default_timeout>});
    rows.push_back({.path = "operational.timeouts.perWorkload",
                    .spec = map_of(duration(10, 24 * hour), rules::backend_name),
                    .doc = "The same for single backends, by name.",
                    .store = store_workload_timeout});
    rows.push_back({.path = "operational.progressExtendsDeadline",
                    .spec = boolean(),
                    .fallback = "true",
                    .doc = "A progress notification of the backend starts the deadline of its call anew.",
                    .store = into<&config::operational, &operational_config::progress_extends_deadline>});
    rows.push_back(
        {.path = "operational.catalogRefresh",
         .spec = duration(100, 24 * hour),
         .fallback = "1m",
         .doc = "How often a backend's lists are read again, for backends that do not announce changes.",
         .store = into<&config::operational, &operational_config::catalog_refresh>});
    add_failure_rows(rows);
}

} // namespace vmcp::schema
