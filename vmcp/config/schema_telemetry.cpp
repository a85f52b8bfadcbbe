// The rows of telemetry.
#include "vmcp/config/schema_builders.hpp"

#include "vmcp/base/url.hpp"

#include <charconv>

namespace vmcp::schema {
namespace {

template <auto Member>
constexpr store_fn into_telemetry = into<&config::telemetry, Member>;

std::optional<double> rate_in(std::string_view text) {
    double out = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool whole = ec == std::errc() && end == text.data() + text.size();
    return whole && out >= 0 && out <= 1 ? std::optional(out) : std::nullopt;
}

const text_rule sampling_rate{.name = "a share from 0 to 1",
                              .pattern = R"(^[0-9.eE+-]+$)",
                              .problem = [](std::string_view text) -> std::optional<std::string> {
                                  return rate_in(text) ? std::nullopt
                                                       : std::optional<std::string>(
                                                             "expected a number from 0 to 1, such as 0.05");
                              }};

const text_rule endpoint{.name = "URL or host:port",
                         .pattern = "",
                         .problem = [](std::string_view text) -> std::optional<std::string> {
                             const bool whole = text.find("://") != std::string_view::npos;
                             const auto url =
                                 parse_url(whole ? std::string(text) : std::string("http://").append(text));
                             if (!url)
                                 return url.error().detail;
                             if (url->target.find('?') != std::string::npos)
                                 return "a collector's URL has no query";
                             return std::nullopt;
                         }};

void add_refused_rows(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "telemetry.prometheusPort",
         .doc =
             "Metrics are served on the admin listener (`admin.port`), which can be kept from clients by its "
             "port.",
         .not_yet = true});
    rows.push_back({.path = "telemetry.metricsOnTransportPort",
                    .doc = "`enablePrometheusMetricsPath` says whether they are served to clients, too.",
                    .not_yet = true});
    rows.push_back({.path = "telemetry.useLegacyAttributes",
                    .doc = "Spans carry the names of OpenTelemetry's conventions.",
                    .not_yet = true});
}

void add_sampling_row(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "telemetry.samplingRate",
         .spec = text(sampling_rate),
         .fallback = "0.05",
         .doc = "The share of traces that are kept, of those that nobody has decided about: a request with a "
                "`traceparent` goes by that. `OTEL_TRACES_SAMPLER`, where it is set, says both.",
         .store = [](config_draft& draft, const config_value& value) {
             draft.out.telemetry.sampling_rate = rate_in(value.text).value_or(0);
         }});
}

} // namespace

void add_telemetry_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "telemetry", .spec = section(), .doc = "What can be measured from outside."});
    rows.push_back({.path = "telemetry.enablePrometheusMetricsPath",
                    .spec = boolean(),
                    .fallback = "true",
                    .doc = "Serves Prometheus metrics at `/metrics`.",
                    .store = into<&config::metrics>});
    rows.push_back(
        {.path = "telemetry.endpoint",
         .spec = text(endpoint),
         .doc = "The collector, which speaks OTLP over HTTP (JSON): a URL, or `host:port`, that `/v1/traces` "
                "and "
                "`/v1/metrics` are added to. Without it: `OTEL_EXPORTER_OTLP_ENDPOINT` or a variable of one "
                "signal.",
         .store = into_telemetry<&telemetry_config::endpoint>});
    rows.push_back({.path = "telemetry.insecure",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Speaks plain HTTP to the collector.",
                    .store = into_telemetry<&telemetry_config::insecure>});
    rows.push_back({.path = "telemetry.caCertPath",
                    .spec = text(rules::path),
                    .doc = "PEM file of the certificate authorities that the collector's certificate must "
                           "come from. Without it: "
                           "`OTEL_EXPORTER_OTLP_CERTIFICATE`, or the system's.",
                    .store = into_telemetry<&telemetry_config::ca_bundle_path>});
    rows.push_back({.path = "telemetry.headers",
                    .spec = map_of(secret(rules::header_value), rules::injected_header),
                    .doc = "Header fields of each request to the collector. Values are secrets.",
                    .store = into_telemetry<&telemetry_config::headers>});
    rows.push_back({.path = "telemetry.tracingEnabled",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Sends a span for each call, each request to a backend, each probe and each "
                           "request for a token.",
                    .store = into_telemetry<&telemetry_config::tracing>});
    rows.push_back({.path = "telemetry.metricsEnabled",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Sends the metrics to the collector, each minute, beside `/metrics`.",
                    .store = into_telemetry<&telemetry_config::metrics>});
    add_sampling_row(rows);
    rows.push_back({.path = "telemetry.serviceName",
                    .spec = text(rules::line),
                    .doc = "`service.name`. Without it: `OTEL_SERVICE_NAME`, or `name`.",
                    .store = into_telemetry<&telemetry_config::service_name>});
    rows.push_back({.path = "telemetry.serviceVersion",
                    .spec = text(rules::line),
                    .doc = "`service.version`. Without it: that of vmcp.",
                    .store = into_telemetry<&telemetry_config::service_version>});
    rows.push_back({.path = "telemetry.customAttributes",
                    .spec = map_of(text(rules::line), rules::identifier),
                    .doc = "Attributes of the resource, before those of `OTEL_RESOURCE_ATTRIBUTES`.",
                    .store = into_telemetry<&telemetry_config::custom_attributes>});
    rows.push_back({.path = "telemetry.environmentVariables",
                    .spec = list_of(text(rules::variable_name)),
                    .doc = "Variables of vmcp's environment that become attributes of each span.",
                    .store = into_telemetry<&telemetry_config::environment_variables>});
    add_refused_rows(rows);
}

} // namespace vmcp::schema
