// telemetry: the CA bundle, and keys without effect.
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vmcp {

void settle_telemetry(settling& at) {
    constexpr std::array<std::string_view, 3> variables{"OTEL_EXPORTER_OTLP_ENDPOINT",
                                                        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                                                        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"};
    const auto path = key_path{} / "telemetry";
    auto& telemetry = at.draft.out.telemetry;
    if (!telemetry.ca_bundle_path.empty()) {
        telemetry.ca_bundle_path = resolve_path(at.document.file, telemetry.ca_bundle_path);
        auto pem = read_pem(at, telemetry.ca_bundle_path, "CERTIFICATE");
        if (!pem.problem.empty())
            at.complain(path / "caCertPath", std::move(pem.problem), true);
        telemetry.ca_bundle = std::move(pem.content);
    }
    const bool sends = telemetry.tracing || telemetry.metrics;
    if (at.has(path / "endpoint") && !sends)
        at.warn(path / "endpoint", "nothing is sent there without tracingEnabled or metricsEnabled");
    const auto set = [&](std::string_view name) {
        return at.sources.environment && at.sources.environment(name).has_value();
    };
    if (sends && telemetry.endpoint.empty() && std::ranges::none_of(variables, set))
        at.warn(path, "nothing is sent: give the collector as 'endpoint', or in OTEL_EXPORTER_OTLP_ENDPOINT");
    if (at.has(path / "samplingRate") && !telemetry.tracing)
        at.warn(path / "samplingRate", "has no effect without tracingEnabled: true");
}

} // namespace vmcp
