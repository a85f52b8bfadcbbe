#include "vmcp/telemetry/telemetry_settings.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/percent.hpp"
#include "vmcp/base/url.hpp"
#include "vmcp/config/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vmcp {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

bool has(const pairs& list, std::string_view key) {
    return std::ranges::any_of(list, [&](const auto& one) { return one.first == key; });
}

// Reads variables, and remembers those that say nothing usable. One that is empty counts as not set.
class variables {
public:
    variables(const variable_source& from, std::vector<std::string>& ignored)
        : from_(from)
        , ignored_(ignored) {}

    [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
        auto value = from_(name);
        return value && !trimmed(*value).empty() ? std::optional(std::string(trimmed(*value))) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::int64_t> number(const std::string& name, std::int64_t least) {
        const auto said = text(name);
        if (!said)
            return std::nullopt;
        std::int64_t out = 0;
        const auto [end, ec] = std::from_chars(said->data(), said->data() + said->size(), out);
        if (ec == std::errc() && end == said->data() + said->size() && out >= least)
            return out;
        ignore(name, fmt::format("expected a number of at least {}", least));
        return std::nullopt;
    }
    [[nodiscard]] std::optional<double> ratio(const std::string& name) {
        const auto said = text(name);
        if (!said)
            return std::nullopt;
        double out = 0;
        const auto [end, ec] = std::from_chars(said->data(), said->data() + said->size(), out);
        if (ec == std::errc() && end == said->data() + said->size() && out >= 0 && out <= 1)
            return out;
        ignore(name, "expected a number from 0 to 1");
        return std::nullopt;
    }
    [[nodiscard]] pairs list(const std::string& name) {
        const auto said = text(name);
        if (!said)
            return {};
        if (auto read = read_pairs(*said))
            return *std::move(read);
        ignore(name, "expected key=value,key=value with percent-encoded values");
        return {};
    }
    [[nodiscard]] bool truth(const std::string& name) const {
        const auto said = text(name);
        return said && iequals(*said, "true");
    }
    void ignore(const std::string& name, std::string_view why) {
        ignored_.push_back(fmt::format("{} is ignored: {}", name, why));
    }

private:
    const variable_source& from_;
    std::vector<std::string>& ignored_;
};

// A signal's own variable is the whole URL; the general one is where its path is added to (exporter, "Endpoint URLs").
std::string url_from_variables(variables& from, std::string_view signal) {
    const auto own = fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal == "traces" ? "TRACES" : "METRICS");
    if (const auto said = from.text(own)) {
        if (const auto url = parse_url(*said))
            return url->text();
        from.ignore(own, "it is no http or https URL");
    }
    const std::string general = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const auto said = from.text(general);
    if (!said)
        return {};
    const auto url = parse_url(*said);
    if (!url) {
        from.ignore(general, "it is no http or https URL");
        return {};
    }
    return signal_url(*said, false, signal);
}

bool speaks_http(variables& from) {
    const auto said = from.text("OTEL_EXPORTER_OTLP_PROTOCOL");
    if (!said || *said == "http/json")
        return true;
    from.ignore("OTEL_EXPORTER_OTLP_PROTOCOL", "OTLP over HTTP in JSON (http/json) is what is sent");
    return true;
}

void settle_sampling(telemetry_settings& out, variables& from) {
    constexpr double when_unsaid = 1.0;
    const auto said = from.text("OTEL_TRACES_SAMPLER");
    if (!said)
        return;
    std::string_view name = *said;
    sampling wanted{.parent_decides = name.starts_with("parentbased_")};
    if (wanted.parent_decides)
        name.remove_prefix(std::string_view("parentbased_").size());
    if (name == "always_on")
        wanted.ratio = 1;
    else if (name == "always_off")
        wanted.ratio = 0;
    else if (name == "traceidratio")
        wanted.ratio = from.ratio("OTEL_TRACES_SAMPLER_ARG").value_or(when_unsaid);
    else
        return from.ignore("OTEL_TRACES_SAMPLER",
                           "expected always_on, always_off, traceidratio, or one of them "
                           "behind parentbased_");
    out.samples = wanted;
}

void settle_headers(pairs& to, const telemetry_config& file, const pairs& general, const pairs& own) {
    for (const auto& [name, value] : file.headers)
        to.emplace_back(name, value);
    for (const auto* list : {&own, &general})
        for (const auto& [name, value] : *list) {
            const bool there =
                std::ranges::any_of(to, [&](const auto& one) { return iequals(one.first, name); });
            if (!there && !rules::injected_header.problem(name) && !rules::header_value.problem(value))
                to.emplace_back(name, value);
        }
}

void settle_resource(telemetry_settings& out, const telemetry_config& file, variables& from,
                     std::string_view name, std::string_view version, std::string_view instance) {
    const auto given = from.list("OTEL_RESOURCE_ATTRIBUTES");
    const auto given_or = [&](std::string_view key, std::string_view otherwise) {
        const auto at = std::ranges::find(given, key, [](const auto& one) { return one.first; });
        return at != given.end() ? at->second : std::string(otherwise);
    };
    auto service = file.service_name;
    if (service.empty())
        service = from.text("OTEL_SERVICE_NAME").value_or(given_or("service.name", name));
    out.resource.emplace_back("service.name", service);
    out.resource.emplace_back("service.version", file.service_version.empty()
                                                     ? given_or("service.version", version)
                                                     : file.service_version);
    for (const auto& one : file.custom_attributes)
        if (!has(out.resource, one.first))
            out.resource.push_back(one);
    for (const auto& one : given)
        if (!has(out.resource, one.first))
            out.resource.push_back(one);
    if (!has(out.resource, "service.instance.id"))
        out.resource.emplace_back("service.instance.id", instance);
    out.resource.emplace_back("telemetry.sdk.name", "vmcp");
    out.resource.emplace_back("telemetry.sdk.language", "cpp");
    out.resource.emplace_back("telemetry.sdk.version", version);
}

void settle_pace(telemetry_settings& out, variables& from) {
    constexpr std::int64_t longest = std::int64_t{3'600} * 1'000;
    constexpr std::int64_t largest = 65'536;
    const auto take = [&](const std::string& name, std::int64_t least, std::int64_t most, auto&& store) {
        if (const auto n = from.number(name, least))
            store(std::min(*n, most));
    };
    const auto into = [](std::chrono::milliseconds& to) {
        return [&to](std::int64_t n) { to = std::chrono::milliseconds(n); };
    };
    take("OTEL_EXPORTER_OTLP_TIMEOUT", 1, 60'000, into(out.timeout));
    take("OTEL_BSP_SCHEDULE_DELAY", 10, longest, into(out.traces_delay));
    take("OTEL_METRIC_EXPORT_INTERVAL", 100, longest, into(out.metrics_interval));
    take("OTEL_BSP_MAX_QUEUE_SIZE", 1, largest,
         [&](std::int64_t n) { out.queue = static_cast<std::size_t>(n); });
    take("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, 4'096,
         [&](std::int64_t n) { out.batch = static_cast<std::size_t>(n); });
    out.batch = std::min(out.batch, out.queue);
}

} // namespace

std::string signal_url(std::string_view endpoint, bool insecure, std::string_view signal) {
    std::string out(endpoint);
    if (out.find("://") == std::string::npos)
        out.insert(0, insecure ? "http://" : "https://");
    else if (insecure && istarts_with(out, "https://"))
        out.replace(0, std::string_view("https").size(), "http");
    while (out.ends_with('/'))
        out.pop_back();
    return out.append("/v1/").append(signal);
}

std::optional<pairs> read_pairs(std::string_view text) {
    pairs out;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto member = trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (member.empty())
            continue;
        const auto equals = member.find('=');
        if (equals == std::string_view::npos)
            return std::nullopt;
        const auto key = percent_decoded(trimmed(member.substr(0, equals)));
        const auto value = percent_decoded(trimmed(member.substr(equals + 1)));
        if (!key || !value || key->empty())
            return std::nullopt;
        out.emplace_back(*key, *value);
    }
    return out;
}

telemetry_settings telemetry_settings_of(const telemetry_config& file, std::string_view name,
                                         std::string_view version, std::string_view instance,
                                         const variable_source& variable, const file_source& content) {
    telemetry_settings out;
    variables from(variable, out.ignored);
    if (from.truth("OTEL_SDK_DISABLED"))
        return out;
    if (!file.tracing && !file.metrics)
        return out; // no variable switches on what the file did not ask for
    speaks_http(from);
    if (file.tracing)
        out.traces_url = file.endpoint.empty() ? url_from_variables(from, "traces")
                                               : signal_url(file.endpoint, file.insecure, "traces");
    if (file.metrics)
        out.metrics_url = file.endpoint.empty() ? url_from_variables(from, "metrics")
                                                : signal_url(file.endpoint, file.insecure, "metrics");
    out.samples.ratio = file.sampling_rate;
    settle_sampling(out, from);
    const auto headers = from.list("OTEL_EXPORTER_OTLP_HEADERS");
    settle_headers(out.traces_headers, file, headers, from.list("OTEL_EXPORTER_OTLP_TRACES_HEADERS"));
    settle_headers(out.metrics_headers, file, headers, from.list("OTEL_EXPORTER_OTLP_METRICS_HEADERS"));
    out.ca_bundle = file.ca_bundle;
    const auto certificate =
        file.ca_bundle.empty() ? from.text("OTEL_EXPORTER_OTLP_CERTIFICATE") : std::nullopt;
    if (certificate) {
        if (auto pem = content(*certificate))
            out.ca_bundle = *std::move(pem);
        else
            from.ignore("OTEL_EXPORTER_OTLP_CERTIFICATE", "the file cannot be read");
    }
    settle_pace(out, from);
    settle_resource(out, file, from, name, version, instance);
    for (const auto& one : file.environment_variables)
        if (auto value = variable(one); value && !value->empty())
            out.of_spans.emplace_back(one, *std::move(value));
    return out;
}

} // namespace vmcp
