#include "vmcp/telemetry/otlp_json.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/traceparent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vmcp {
namespace {

constexpr std::string_view scope_name = "vmcp";
constexpr std::size_t longest_text = 1'024;

std::int64_t nanoseconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

// What peers wrote becomes valid UTF-8 on one line, without the secrets that the process knows.
std::string text_value(std::string_view text) {
    return quoted(excerpt_of(text, {}, longest_text));
}

void append_member(std::string& out, std::string_view key, std::string_view raw_value) {
    fmt::format_to(std::back_inserter(out), R"({}{{"key":{},"value":{{{}}}}})", out.ends_with('[') ? "" : ",",
                   quoted(excerpt_of(key)), raw_value);
}

void append_attribute(std::string& out, std::string_view key, const attribute_value& value) {
    if (const auto* text = std::get_if<std::string>(&value))
        append_member(out, key, fmt::format(R"("stringValue":{})", text_value(*text)));
    else if (const auto* number = std::get_if<std::int64_t>(&value))
        append_member(out, key, fmt::format(R"("intValue":"{}")", *number));
    else
        append_member(out, key, fmt::format(R"("boolValue":{})", std::get<bool>(value) ? "true" : "false"));
}

void append_attributes(std::string& out, const text_attributes& list) {
    for (const auto& [key, value] : list)
        append_member(out, key, fmt::format(R"("stringValue":{})", text_value(value)));
}

void append_head(std::string& out, std::string_view signal, const text_attributes& resource,
                 std::string_view version) {
    fmt::format_to(std::back_inserter(out), R"({{"resource{}":[{{"resource":{{"attributes":[)", signal);
    append_attributes(out, resource);
    fmt::format_to(std::back_inserter(out), R"(]}},"scope{}":[{{"scope":{{"name":"{}","version":{}}},)",
                   signal, scope_name, quoted(version));
}

void append_span(std::string& out, const span& one, const text_attributes& of_spans) {
    constexpr std::uint32_t sampled = 1;
    fmt::format_to(std::back_inserter(out), R"({}{{"traceId":"{}","spanId":"{}")",
                   out.ends_with('[') ? "" : ",", hex_text(one.context.trace_id),
                   hex_text(one.context.span_id));
    if (!one.context.state.empty())
        out.append(R"(,"traceState":)").append(quoted(one.context.state));
    if (one.parent != std::array<std::uint8_t, 8>{})
        fmt::format_to(std::back_inserter(out), R"(,"parentSpanId":"{}")", hex_text(one.parent));
    fmt::format_to(
        std::back_inserter(out),
        R"(,"flags":{},"name":{},"kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[)",
        sampled, text_value(one.name), static_cast<int>(one.kind), nanoseconds(one.began),
        nanoseconds(one.ended));
    for (const auto& [key, value] : one.attributes)
        append_attribute(out, key, value);
    append_attributes(out, of_spans);
    out.push_back(']');
    if (one.linked)
        fmt::format_to(std::back_inserter(out), R"(,"links":[{{"traceId":"{}","spanId":"{}"}}])",
                       hex_text(one.linked->trace_id), hex_text(one.linked->span_id));
    constexpr int status_error = 2;
    out.append(R"(,"status":{)");
    if (one.failed) {
        fmt::format_to(std::back_inserter(out), R"("code":{})", status_error);
        if (!one.problem.empty())
            out.append(R"(,"message":)").append(text_value(one.problem));
    }
    out.append("}}");
}

// Doubles are JSON numbers but where there is none for them (protobuf's JSON mapping).
std::string number_text(double value) {
    if (value != value)
        return R"("NaN")";
    if (value - value != 0)
        return value > 0 ? R"("Infinity")" : R"("-Infinity")";
    return fmt::format("{}", value);
}

void append_labels(std::string& out, const prometheus::ClientMetric& metric, bool dotted) {
    out.append(R"("attributes":[)");
    for (const auto& label : metric.label) {
        auto key = label.name;
        // As the semantic conventions spell what Prometheus has no dots for.
        if (dotted && (key == "mcp_method_name" || key == "error_type"))
            key = key == "error_type" ? "error.type" : "mcp.method.name";
        append_member(out, key, fmt::format(R"("stringValue":{})", text_value(label.value)));
    }
    out.push_back(']');
}

struct moments {
    std::int64_t since;
    std::int64_t now;
};

void append_histogram(std::string& out, const prometheus::ClientMetric::Histogram& of_metric) {
    fmt::format_to(std::back_inserter(out), R"("count":"{}","sum":{},"bucketCounts":[)",
                   of_metric.sample_count, number_text(of_metric.sample_sum));
    std::string bounds;
    std::uint64_t below = 0;
    bool unbounded = false;
    for (const auto& bucket : of_metric.bucket) {
        fmt::format_to(std::back_inserter(out), R"({}"{}")", out.ends_with('[') ? "" : ",",
                       bucket.cumulative_count - below);
        below = bucket.cumulative_count;
        unbounded = bucket.upper_bound - bucket.upper_bound != 0;
        if (!unbounded)
            bounds.append(bounds.empty() ? "" : ",").append(number_text(bucket.upper_bound));
    }
    if (!unbounded) // there is one more bucket than bounds
        fmt::format_to(std::back_inserter(out), R"({}"{}")", out.ends_with('[') ? "" : ",",
                       of_metric.sample_count - below);
    out.append(R"(],"explicitBounds":[)").append(bounds).push_back(']');
}

void append_point(std::string& out, const prometheus::ClientMetric& metric, prometheus::MetricType type,
                  const moments& at, bool dotted) {
    out.append(out.ends_with('[') ? "{" : ",{");
    append_labels(out, metric, dotted);
    fmt::format_to(std::back_inserter(out), R"(,"startTimeUnixNano":"{}","timeUnixNano":"{}",)", at.since,
                   at.now);
    if (type == prometheus::MetricType::Histogram)
        append_histogram(out, metric.histogram);
    else
        out.append(R"("asDouble":)")
            .append(number_text(type == prometheus::MetricType::Counter ? metric.counter.value
                                                                        : metric.gauge.value));
    out.push_back('}');
}

void append_family(std::string& out, const prometheus::MetricFamily& family, const moments& at) {
    using prometheus::MetricType;
    constexpr std::string_view cumulative = R"("aggregationTemporality":2,)";
    const bool counter = family.type == MetricType::Counter;
    if ((!counter && family.type != MetricType::Gauge && family.type != MetricType::Histogram) ||
        family.metric.empty())
        return;
    const auto name = otlp_name_of(family.name, counter);
    fmt::format_to(std::back_inserter(out), R"({}{{"name":{},"description":{},"unit":"{}",)",
                   out.ends_with('[') ? "" : ",", quoted(name.name), text_value(family.help), name.unit);
    if (counter)
        out.append(R"("sum":{"isMonotonic":true,)").append(cumulative);
    else if (family.type == MetricType::Histogram)
        out.append(R"("histogram":{)").append(cumulative);
    else
        out.append(R"("gauge":{)");
    out.append(R"("dataPoints":[)");
    const bool dotted = name.name.find('.') != std::string::npos;
    for (const auto& metric : family.metric)
        append_point(out, metric, family.type, at, dotted);
    out.append("]}}");
}

} // namespace

otlp_name otlp_name_of(std::string_view prometheus_name, bool counter) {
    otlp_name out;
    const auto strip = [&](std::string_view suffix) {
        const bool there = prometheus_name.ends_with(suffix);
        if (there)
            prometheus_name.remove_suffix(suffix.size());
        return there;
    };
    if (counter)
        strip("_total");
    if (strip("_seconds"))
        out.unit = "s";
    else if (strip("_bytes"))
        out.unit = "By";
    out.name = prometheus_name == "mcp_server_operation_duration" ? "mcp.server.operation.duration"
                                                                  : std::string(prometheus_name);
    return out;
}

std::string otlp_traces(std::span<const span> spans, const text_attributes& resource,
                        const text_attributes& of_spans, std::string_view version) {
    std::string out;
    append_head(out, "Spans", resource, version);
    out.append(R"("spans":[)");
    for (const auto& one : spans)
        append_span(out, one, of_spans);
    return out.append("]}]}]}");
}

std::string otlp_metrics(const std::vector<prometheus::MetricFamily>& families,
                         const text_attributes& resource, std::string_view version,
                         std::chrono::system_clock::time_point since,
                         std::chrono::system_clock::time_point now) {
    std::string out;
    append_head(out, "Metrics", resource, version);
    out.append(R"("metrics":[)");
    const moments at{nanoseconds(since), nanoseconds(now)};
    for (const auto& family : families)
        append_family(out, family, at);
    return out.append("]}]}]}");
}

} // namespace vmcp
