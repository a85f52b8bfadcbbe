#include "vmcp/telemetry/telemetry_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vmcp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using variables = std::map<std::string, std::string>;
using namespace std::chrono_literals;

telemetry_settings settle(const telemetry_config& file, const variables& env = {}) {
    return telemetry_settings_of(
        file, "gw", "1.2.3", "abcd",
        [&](const std::string& name) {
            const auto at = env.find(name);
            return at == env.end() ? std::nullopt : std::optional(at->second);
        },
        [](const std::string& path) {
            return path == "/ca.pem" ? std::optional<std::string>("PEM") : std::nullopt;
        });
}

telemetry_config both(std::string endpoint = {}) {
    telemetry_config out;
    out.endpoint = std::move(endpoint);
    out.tracing = true;
    out.metrics = true;
    return out;
}

TEST(telemetry_settings, the_endpoint_of_the_file) {
    EXPECT_EQ(signal_url("c:4318", false, "traces"), "https://c:4318/v1/traces");
    EXPECT_EQ(signal_url("c:4318", true, "metrics"), "http://c:4318/v1/metrics");
    EXPECT_EQ(signal_url("http://c/otel/", false, "traces"), "http://c/otel/v1/traces");
    EXPECT_EQ(signal_url("https://c", true, "traces"), "http://c/v1/traces");
    const auto out = settle(both("http://c:1"), {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://other"}});
    EXPECT_EQ(out.traces_url, "http://c:1/v1/traces");
    EXPECT_EQ(out.metrics_url, "http://c:1/v1/metrics");
}

TEST(telemetry_settings, nothing_is_sent_that_nobody_asked_for) {
    const variables env{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"}};
    EXPECT_FALSE(settle({}, env).traces());
    EXPECT_FALSE(settle({}, env).metrics());
    auto off = env;
    off["OTEL_SDK_DISABLED"] = "TRUE";
    EXPECT_FALSE(settle(both("http://c"), off).traces());
    EXPECT_FALSE(settle(both()).traces()) << "nobody says where to";
}

TEST(telemetry_settings, the_endpoint_of_variables) {
    auto out = settle(both(), {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/x/"}});
    EXPECT_EQ(out.traces_url, "http://c:4318/x/v1/traces");
    EXPECT_EQ(out.metrics_url, "http://c:4318/x/v1/metrics");
    out = settle(both(), {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"},
                          {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1/as/is"}});
    EXPECT_EQ(out.traces_url, "http://t:1/as/is") << "a signal's own is taken whole";
    EXPECT_EQ(out.metrics_url, "http://c/v1/metrics");
    out = settle(both(), {{"OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://c"}});
    EXPECT_FALSE(out.traces());
    EXPECT_THAT(out.ignored, Contains(testing::HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT")));
}

TEST(telemetry_settings, headers_of_the_file_come_first) {
    auto file = both("http://c");
    file.headers = {{"Authorization", "Bearer file"}};
    const auto out = settle(file, {{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20env, x-a=1%2C2"},
                                   {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-a=own"}});
    EXPECT_THAT(out.traces_headers, ElementsAre(Pair("Authorization", "Bearer file"), Pair("x-a", "own")));
    EXPECT_THAT(out.metrics_headers, ElementsAre(Pair("Authorization", "Bearer file"), Pair("x-a", "1,2")));
}

TEST(telemetry_settings, malformed_variables_are_ignored_and_named) {
    const auto out = settle(both("http://c"), {{"OTEL_EXPORTER_OTLP_TIMEOUT", "soon"},
                                               {"OTEL_EXPORTER_OTLP_HEADERS", "secret-without-equals"},
                                               {"OTEL_TRACES_SAMPLER", "jaeger"}});
    EXPECT_EQ(out.timeout, 10s);
    EXPECT_EQ(out.samples, sampling{});
    ASSERT_EQ(out.ignored.size(), 3U);
    for (const auto& one : out.ignored)
        EXPECT_EQ(one.find("secret"), std::string::npos) << one;
}

TEST(telemetry_settings, samplers) {
    const auto said = [](const char* name, const char* arg = "") {
        return settle(both("http://c"), {{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", arg}})
            .samples;
    };
    EXPECT_EQ(said("always_on"), (sampling{false, 1}));
    EXPECT_EQ(said("always_off"), (sampling{false, 0}));
    EXPECT_EQ(said("traceidratio", "0.25"), (sampling{false, 0.25}));
    EXPECT_EQ(said("parentbased_always_on"), (sampling{true, 1}));
    EXPECT_EQ(said("parentbased_traceidratio"), (sampling{true, 1}));
    auto file = both("http://c");
    file.sampling_rate = 0.5;
    EXPECT_EQ(settle(file).samples, (sampling{true, 0.5}));
}

TEST(telemetry_settings, the_resource) {
    auto file = both("http://c");
    file.custom_attributes = {{"deployment.environment", "test"}};
    const variables env{
        {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=other,team=a%20b,service.version=9"}};
    auto out = settle(file, env).resource;
    EXPECT_EQ(out.front(), std::make_pair(std::string("service.name"), std::string("gw")));
    EXPECT_THAT(out, Contains(Pair("service.version", "9")));
    EXPECT_THAT(out, Contains(Pair("deployment.environment", "test")));
    EXPECT_THAT(out, Contains(Pair("team", "a b")));
    EXPECT_THAT(out, Contains(Pair("service.instance.id", "abcd")));
    EXPECT_EQ(settle(file, {{"OTEL_SERVICE_NAME", "s"}}).resource.front().second, "s");
    file.service_name = "named";
    EXPECT_EQ(settle(file, {{"OTEL_SERVICE_NAME", "s"}}).resource.front().second, "named");
}

TEST(telemetry_settings, certificates_and_variables_of_spans) {
    auto file = both("http://c");
    file.environment_variables = {"NODE_ENV", "UNSET"};
    const auto out = settle(file, {{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"}, {"NODE_ENV", "test"}});
    EXPECT_EQ(out.ca_bundle, "PEM");
    EXPECT_THAT(out.of_spans, ElementsAre(Pair("NODE_ENV", "test")));
    EXPECT_THAT(settle(file, {{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/none"}}).ignored, testing::SizeIs(1));
}

TEST(telemetry_settings, a_batch_is_no_larger_than_the_queue) {
    const auto out = settle(both("http://c"), {{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}});
    EXPECT_EQ(out.queue, 100U);
    EXPECT_EQ(out.batch, 100U);
}

} // namespace
} // namespace vmcp
