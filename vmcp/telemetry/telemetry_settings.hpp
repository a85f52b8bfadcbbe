// What the configuration and the OTEL_* variables want sent, and where to
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and .../protocol/exporter/). Pure.
#pragma once

#include "vmcp/config/telemetry_config.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

struct sampling {
    bool parent_decides = true; // where a request comes with a decision
    double ratio = 0.05;        // of traces that nobody decided about; 0 to 1
    friend bool operator==(const sampling&, const sampling&) = default;
};

struct telemetry_settings {
    std::string traces_url{};                                          // empty: no traces are made
    std::string metrics_url{};                                         // empty: no metrics are sent
    std::vector<std::pair<std::string, std::string>> traces_headers{}; // values are secrets
    std::vector<std::pair<std::string, std::string>> metrics_headers{};
    std::string ca_bundle{};                       // PEM; empty: the system's
    std::chrono::milliseconds timeout{10'000};     // of one request
    std::chrono::milliseconds traces_delay{5'000}; // between two
    std::chrono::milliseconds metrics_interval{60'000};
    std::size_t queue = 2'048; // spans that wait
    std::size_t batch = 512;   // spans of one request
    sampling samples{};
    std::vector<std::pair<std::string, std::string>> resource{}; // attributes, service.name first
    std::vector<std::pair<std::string, std::string>> of_spans{}; // of every one: environmentVariables
    std::vector<std::string> ignored{}; // variables that say nothing usable, and why; for the log
    friend bool operator==(const telemetry_settings&, const telemetry_settings&) = default;

    [[nodiscard]] bool traces() const noexcept { return !traces_url.empty(); }
    [[nodiscard]] bool metrics() const noexcept { return !metrics_url.empty(); }
};

using variable_source = std::function<std::optional<std::string>(const std::string& name)>;
using file_source = std::function<std::optional<std::string>(const std::string& path)>;

// The file wins over variables, as the one place that validate checks; a variable that cannot be used is ignored, and said.
// `name` and `version` are of this gateway, `instance` of this process.
[[nodiscard]] telemetry_settings telemetry_settings_of(const telemetry_config& file, std::string_view name,
                                                       std::string_view version, std::string_view instance,
                                                       const variable_source& variable,
                                                       const file_source& content);

// The URL of a signal (`traces`, `metrics`) at an endpoint of the file: a URL, or HOST:PORT[/PATH], as ToolHive writes it.
[[nodiscard]] std::string signal_url(std::string_view endpoint, bool insecure, std::string_view signal);

// "key1=value1,key2=value2" with percent-encoded values, as W3C Baggage without properties; nothing where it is malformed.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>>
read_pairs(std::string_view text);

} // namespace vmcp
