// telemetry as plain values: traces and metrics for a collector that speaks OTLP over HTTP. Keys are ToolHive's; where
// one is absent, the variable of OpenTelemetry's specification says it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vmcp {

struct telemetry_config {
    std::string endpoint{};                       // URL, or HOST:PORT; empty: nothing is sent
    std::string service_name{};                   // empty: the name of the gateway
    std::string service_version{};                // empty: the program's
    bool tracing = false;                         // tracingEnabled
    bool metrics = false;                         // metricsEnabled: sent to the endpoint too
    double sampling_rate = 0.05;                  // of traces that nobody decided about before; 0 to 1
    bool insecure = false;                        // http where `endpoint` has no scheme
    std::map<std::string, std::string> headers{}; // of each request to the endpoint; values are secrets
    std::map<std::string, std::string> custom_attributes{}; // of the resource
    std::vector<std::string> environment_variables{};       // that become attributes of spans
    std::string ca_bundle_path{};                           // caCertPath; PEM; empty: the system's
    std::string ca_bundle{}; // content of the file when the configuration was read
    friend bool operator==(const telemetry_config&, const telemetry_config&) = default;
};

} // namespace vmcp
