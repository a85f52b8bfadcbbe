#include "vmcp/telemetry/otlp_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace vmcp {
namespace {

using json = nlohmann::json;
using std::chrono::nanoseconds;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t ns) {
    return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(nanoseconds(ns)));
}

span example() {
    span out;
    for (std::size_t i = 0; i < 16; ++i)
        out.context.trace_id[i] = static_cast<std::uint8_t>(0xA0 + i);
    out.context.span_id = {1, 2, 3, 4, 5, 6, 7, 8};
    out.context.sampled = true;
    out.kind = span_kind::server;
    out.name = "tools/call x";
    out.began = at(1'700'000'000'000'000'001);
    out.ended = at(1'700'000'000'000'000'500);
    return out;
}

json first_span(const span& one) {
    const std::vector<span> all{one};
    const auto text = otlp_traces(all, {{"service.name", "gw"}}, {{"NODE_ENV", "test"}}, "1.2.3");
    return json::parse(text)["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
}

TEST(otlp_json, a_span) {
    auto one = example();
    one.parent = {8, 7, 6, 5, 4, 3, 2, 1};
    one.context.state = "a=1";
    one.add("text", "x");
    one.add("number", std::int64_t{-5});
    one.attributes.emplace_back("truth", true);
    one.linked = one.context;
    EXPECT_EQ(first_span(one), json::parse(R"({
        "traceId": "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "spanId": "0102030405060708",
        "parentSpanId": "0807060504030201", "traceState": "a=1", "flags": 1,
        "name": "tools/call x", "kind": 2,
        "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000000000500",
        "attributes": [{"key": "text", "value": {"stringValue": "x"}},
                       {"key": "number", "value": {"intValue": "-5"}},
                       {"key": "truth", "value": {"boolValue": true}},
                       {"key": "NODE_ENV", "value": {"stringValue": "test"}}],
        "links": [{"traceId": "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "spanId": "0102030405060708"}],
        "status": {}})"));
}

TEST(otlp_json, a_failure) {
    auto one = example();
    one.fail("timeout", "it took too long");
    const auto out = first_span(one);
    EXPECT_EQ(out["status"], json::parse(R"({"code": 2, "message": "it took too long"})"));
    EXPECT_EQ(out["attributes"][0]["key"], "error.type");
    EXPECT_FALSE(out.contains("parentSpanId"));
    EXPECT_FALSE(out.contains("traceState"));
}

TEST(otlp_json, what_peers_write_stays_valid) {
    auto one = example();
    one.name = "a\"\n\xff\x01";
    one.add("k", std::string("\xc3\x28\0x", 4));
    EXPECT_NO_THROW(first_span(one));
}

TEST(otlp_json, the_resource_and_several_spans) {
    const std::vector<span> all{example(), example()};
    const auto out = json::parse(otlp_traces(all, {{"service.name", "gw"}, {"a", "b"}}, {}, "1.2.3"));
    const auto& resource = out["resourceSpans"][0];
    EXPECT_EQ(resource["resource"]["attributes"].size(), 2U);
    EXPECT_EQ(resource["scopeSpans"][0]["scope"], json::parse(R"({"name": "vmcp", "version": "1.2.3"})"));
    EXPECT_EQ(resource["scopeSpans"][0]["spans"].size(), 2U);
}

json metric(prometheus::MetricFamily family) {
    const auto text = otlp_metrics({std::move(family)}, {{"service.name", "gw"}}, "1", at(5), at(7));
    return json::parse(text)["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
}

TEST(otlp_json, a_counter_and_a_gauge) {
    prometheus::MetricFamily family{"x_total", "Help", prometheus::MetricType::Counter, {}};
    family.metric.emplace_back();
    family.metric[0].label = {{"a", "b"}};
    family.metric[0].counter.value = 3;
    EXPECT_EQ(metric(family), json::parse(R"({"name": "x", "description": "Help", "unit": "",
        "sum": {"isMonotonic": true, "aggregationTemporality": 2, "dataPoints": [
            {"attributes": [{"key": "a", "value": {"stringValue": "b"}}],
             "startTimeUnixNano": "5", "timeUnixNano": "7", "asDouble": 3}]}})"));
    family.type = prometheus::MetricType::Gauge;
    family.name = "x_bytes";
    family.metric[0].gauge.value = std::numeric_limits<double>::infinity();
    const auto gauge = metric(family);
    EXPECT_EQ(gauge["unit"], "By");
    EXPECT_EQ(gauge["gauge"]["dataPoints"][0]["asDouble"], "Infinity");
}

TEST(otlp_json, a_histogram_has_one_bucket_more_than_bounds) {
    prometheus::MetricFamily family{"x_seconds", "", prometheus::MetricType::Histogram, {}};
    auto& one = family.metric.emplace_back();
    one.histogram.sample_count = 10;
    one.histogram.sample_sum = 2.5;
    one.histogram.bucket = {{2, 0.1}, {7, 1}};
    auto out = metric(family)["histogram"]["dataPoints"][0];
    EXPECT_EQ(out["count"], "10");
    EXPECT_EQ(out["sum"], 2.5);
    EXPECT_EQ(out["bucketCounts"], json::parse(R"(["2", "5", "3"])"));
    EXPECT_EQ(out["explicitBounds"], json::parse("[0.1, 1]"));
    family.metric[0].histogram.bucket.push_back({10, std::numeric_limits<double>::infinity()});
    out = metric(family)["histogram"]["dataPoints"][0];
    EXPECT_EQ(out["bucketCounts"], json::parse(R"(["2", "5", "3"])"));
}

TEST(otlp_json, names_lose_what_collectors_add_again) {
    EXPECT_EQ(otlp_name_of("toolhive_mcp_requests_total", true).name, "toolhive_mcp_requests");
    EXPECT_EQ(otlp_name_of("toolhive_mcp_request_duration_seconds", false).name,
              "toolhive_mcp_request_duration");
    EXPECT_EQ(otlp_name_of("toolhive_mcp_request_duration_seconds", false).unit, "s");
    EXPECT_EQ(otlp_name_of("process_cpu_seconds_total", true).name, "process_cpu");
    EXPECT_EQ(otlp_name_of("mcp_server_operation_duration_seconds", false).name,
              "mcp.server.operation.duration");
}

} // namespace
} // namespace vmcp
